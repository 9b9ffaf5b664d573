/** A server from the first connection to the last answer. */
import { readOwnVersion } from '../config/version.js';
import type { Model } from '../index.js';
import { createApp } from './app.js';
import { createHostCheck, createTokenCheck, isLoopback } from './gatekeeper.js';
import { createMetrics } from './metrics.js';
import { listen } from './listen.js';
import { Models } from './models.js';
import type { App } from './served.js';

export interface ServerSettings {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names besides loopback's own that a server on loopback answers to, as behind a proxy. */
  readonly allowedHosts: readonly string[];
  readonly maxBatchTexts: number;
  readonly maxWaitingTexts: number;
  readonly maxTextsPerRequest: number;
  readonly maxTextCharacters: number;
  readonly maxBodyKib: number;
  readonly deadlineSeconds: number;
  readonly requestSeconds: number;
  readonly drainSeconds: number;
  readonly graceSeconds: number;
}

export interface ServerOptions {
  readonly models: ReadonlyMap<string, Model>;
  readonly settings: ServerSettings;
  /** Asked of every client but for probes; null asks nobody. */
  readonly token: string | null;
  readonly logLevel: 'info' | 'warn' | 'silent';
}

export interface RunningServer {
  readonly url: string;
  /**
   * Ends the server without losing an accepted request: /ready says no at once, requests are answered for
   * `drainSeconds` more, then no new one is taken and those under way have `graceSeconds`.
   */
  close(): Promise<void>;
}

/** @throws FsaError USAGE where the address cannot be listened on */
export async function startServer({
  models,
  settings,
  token,
  logLevel,
}: ServerOptions): Promise<RunningServer> {
  const metrics = createMetrics();
  const { maxBatchTexts, maxWaitingTexts, maxTextsPerRequest, maxTextCharacters } = settings;
  const deadlineMs = settings.deadlineSeconds * 1000;
  const named = new Models(models, { maxBatchTexts, maxWaitingTexts, deadlineMs }, metrics);
  let phase: 'open' | 'draining' | 'closed' = 'open';
  const limits = { maxBatchTexts, maxWaitingTexts, maxTextsPerRequest, maxTextCharacters };
  const app = await createApp(
    {
      models: named,
      metrics,
      bounds: { maxTextsPerRequest, maxTextCharacters },
      limits: { ...limits, maxBodyKib: settings.maxBodyKib, deadlineSeconds: settings.deadlineSeconds },
      version: readOwnVersion(),
      ready: () => phase === 'open',
    },
    {
      maxBodyBytes: settings.maxBodyKib * 1024,
      requestMs: settings.requestSeconds * 1000,
      logLevel,
      checkToken: token === null ? null : createTokenCheck(token),
      checkHost: isLoopback(settings.host) ? createHostCheck(settings.allowedHosts) : null,
      phase: () => phase,
    },
  );
  const underWay = countRequests(app);
  const url = await listen(app, settings);
  if (token === null && !isLoopback(settings.host))
    app.log.warn('Anybody who reaches this address may ask: set FSA_SERVE_TOKEN to ask for a token.');
  let closed: Promise<void> | null = null;
  const drain = async (): Promise<void> => {
    phase = 'draining';
    await wait(settings.drainSeconds * 1000);
    phase = 'closed';
    const closing = app.close();
    const graceEnds = performance.now() + settings.graceSeconds * 1000;
    while (underWay() > 0 && performance.now() < graceEnds) await wait(POLL_MS);
    named.stop();
    await wait(LAST_ANSWERS_MS);
    // What is open now has asked nothing: connections made ahead, clients that never finish their request.
    app.server.closeAllConnections();
    await closing;
  };
  return { url, close: async () => await (closed ??= drain()) };
}

const POLL_MS = 20;
/** Refusals, of requests that outlive the grace or come on connections still open, have this long to leave. */
const LAST_ANSWERS_MS = 100;

/** Requests whose answer is not out yet. */
function countRequests(app: App): () => number {
  let count = 0;
  app.server.on('request', (_request, response) => {
    count += 1;
    response.once('close', () => (count -= 1));
  });
  return () => count;
}

async function wait(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
