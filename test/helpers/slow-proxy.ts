/** A way to an HTTP server over which everything takes long. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { onTestFinished } from 'vitest';

export interface SlowProxy {
  readonly address: string;
  /** `METHOD /path` of everything that was asked. */
  readonly asked: readonly string[];
}

/**
 * For one test.
 * @param target address of the server
 * @param seconds how long each question waits before it is passed on, and its answer after that
 */
export async function openSlowProxy(
  target: string,
  seconds: { readonly before: number; readonly after: number },
): Promise<SlowProxy> {
  const asked: string[] = [];
  const server = createServer((question, answer) => {
    const { method = 'GET', url = '/', headers } = question;
    asked.push(`${method} ${url}`);
    const pass = async (): Promise<void> => {
      const pieces: Buffer[] = [];
      for await (const piece of question) pieces.push(piece as Buffer);
      await pause(seconds.before);
      const said = await request(`${target}${url}`, {
        method: method as 'GET' | 'POST',
        headers: { 'content-type': headers['content-type'] ?? 'application/json' },
        ...(method === 'GET' ? {} : { body: Buffer.concat(pieces) }),
      });
      const body = Buffer.from(await said.body.arrayBuffer());
      await pause(seconds.after);
      answer.writeHead(said.statusCode, { 'content-type': 'application/json' }).end(body);
    };
    pass().catch(() => answer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref());
}
