import { onTestFinished } from 'vitest';
import {
  startServer,
  type RunningServer,
  type ServerOptions,
  type ServerSettings,
} from '../../../src/server/server.js';
import { keywordModel } from '../../helpers/keyword-model.js';

const SETTINGS: ServerSettings = {
  host: '127.0.0.1',
  port: 0,
  allowedHosts: [],
  maxBatchTexts: 8,
  maxWaitingTexts: 64,
  maxTextsPerRequest: 16,
  maxTextCharacters: 1000,
  maxBodyKib: 64,
  deadlineSeconds: 60,
  requestSeconds: 60,
  drainSeconds: 0,
  graceSeconds: 60,
};

/** A server on a free port that ends with the test. */
export async function serveInTest(
  settings: Partial<ServerSettings> = {},
  options: Partial<Omit<ServerOptions, 'settings'>> = {},
): Promise<RunningServer> {
  const server = await startServer({
    models: new Map([['sample', keywordModel()]]),
    token: null,
    logLevel: 'silent',
    ...options,
    settings: { ...SETTINGS, ...settings },
  });
  onTestFinished(async () => await server.close());
  return server;
}

export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** A promise and its key: what holds a model back until a test lets go. */
export function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** The value of a line of /metrics; null where there is none. */
export async function metric(url: string, name: string): Promise<number | null> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(name));
  return line === undefined ? null : Number(line.slice(name.length));
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
