/** POSTs what happens as NDJSON, signed where a secret is set, to an address of the user's own. */
import { createHmac } from 'node:crypto';
import { FsaError } from '../errors.js';
import type { Secret } from '../net/settings.js';
import { TrackerHttp } from './http.js';
import type { RunFacts, TrackedItem, Tracker } from './tracker.js';

export class Webhook implements Tracker {
  readonly #http: TrackerHttp;
  readonly #path: string;
  #run: RunFacts | null = null;

  constructor(
    readonly name: string,
    url: URL,
    private readonly secret: Secret | null,
  ) {
    this.#http = new TrackerHttp(url.origin, {});
    this.#path = `${url.pathname}${url.search}`;
  }

  async open(run: RunFacts): Promise<void> {
    this.#run = run;
    await Promise.resolve();
  }

  /** A batch that is sent again has the same signature and lines: receivers drop it by them. */
  async send(items: readonly TrackedItem[], signal: AbortSignal): Promise<void> {
    const runKey = this.#run?.key;
    const body = items.map((item) => `${JSON.stringify({ runKey, ...toLine(item) })}\n`).join('');
    const signature =
      this.secret === null ? null : createHmac('sha256', this.secret.reveal()).update(body).digest('hex');
    const headers = {
      'content-type': 'application/x-ndjson',
      ...(signature === null ? {} : { 'x-fsa-signature': `sha256=${signature}` }),
    };
    const { status } = await this.#http.send(this.#path, { method: 'POST', headers, body, signal });
    if (status < 300) return;
    throw new FsaError('API', `The webhook answers with status ${status}.`, {
      where: this.name,
      advice: 'Check its address and the secret in FSA_WEBHOOK_SECRET.',
    });
  }

  async finish(): Promise<void> {
    // The journal's own run-finished says it.
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}

function toLine(item: TrackedItem): object {
  if (item.kind === 'event') return item.event;
  return { type: 'metrics', jobId: item.jobId, ...item.record };
}
