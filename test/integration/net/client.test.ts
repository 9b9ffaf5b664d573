/** Requests with a body, against a real server: what arrives, where the token goes, what a failure says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openClient, type HttpClient } from '../../../src/net/client.js';
import { TransientError } from '../../../src/net/retry.js';
import { Secret } from '../../../src/net/settings.js';

interface Seen {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const KEY = 'sk-not-to-be-printed';
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(
  answer: (seen: Seen, response: ServerResponse) => void,
): Promise<{ address: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    incoming.on('end', () => {
      const one = { method: incoming.method ?? '', headers: incoming.headers, body };
      seen.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function clientOf(endpoint: string): HttpClient {
  const client = openClient(
    {
      endpoint,
      token: new Secret(KEY),
      proxy: { http: null, https: null, none: null },
      errorCode: 'API',
      addressName: 'llm.baseUrl',
    },
    { stallMs: 10_000, connectMs: 10_000, redirects: 3 },
  );
  open.push(() => client.close());
  return client;
}

const signal = new AbortController().signal;

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

describe('requests with a body', () => {
  it('posts text with the headers given and the token', async () => {
    const { address, seen } = await serve((_, response) => response.end('{"ok":true}'));
    const headers = { 'content-type': 'application/json' };
    const answer = await clientOf(address).send(`${address}/v1/chat`, {
      method: 'POST',
      headers,
      body: '{"a":1}',
      signal,
    });
    expect(answer.status).toBe(200);
    expect(await textOf(answer.body)).toBe('{"ok":true}');
    expect(seen).toMatchObject([
      { method: 'POST', body: '{"a":1}', headers: { authorization: `Bearer ${KEY}`, ...headers } },
    ]);
  });

  it('streams a body in, as long as its header says', async () => {
    const { address, seen } = await serve((_, response) => response.end());
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const text of ['one ', 'two ', 'three']) yield await Promise.resolve(Buffer.from(text));
    }
    const headers = { 'content-length': '13' };
    const options = { method: 'PUT', headers, body: pieces(), signal } as const;
    const answer = await clientOf(address).send(`${address}/object`, options);
    answer.discard();
    expect(seen).toMatchObject([{ method: 'PUT', body: 'one two three', headers }]);
    expect(seen[0]?.headers['transfer-encoding']).toBeUndefined();
  });

  it('gives the token to no other origin, and a body to no place that only the server named', async () => {
    const other = await serve((_, response) => response.end());
    const own = await serve((_, response) => {
      response.writeHead(307, { location: `${other.address}/elsewhere` }).end();
    });
    const client = clientOf(own.address);
    const answer = await client.send(`${own.address}/v1`, { method: 'POST', body: 'secret text', signal });
    expect(answer.status).toBe(307);
    expect(other.seen).toEqual([]);
    (await client.send(`${other.address}/signed`, { method: 'PUT', body: 'x', signal })).discard();
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('tells a broken connection without the token', async () => {
    const { address } = await serve((_, response) => response.destroy());
    const failure = await clientOf(address)
      .send(`${address}/v1?key=${KEY}`, { method: 'POST', body: 'x', signal })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransientError);
    expect(JSON.stringify([String(failure), failure])).not.toContain(KEY);
  });
});
