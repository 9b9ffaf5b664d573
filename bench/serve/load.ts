/** What clients see of a server under load: answers held against those expected, and how soon /health comes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import autocannon from 'autocannon';

export interface Seen {
  readonly requestsPerSecond: number;
  readonly right: number;
  readonly wrong: number;
  /** Refused with 429. */
  readonly busy: number;
  /** Neither: another status, a timeout, a broken connection. */
  readonly failed: number;
  readonly p99Ms: number;
  readonly healthP99Ms: number;
}

export interface Vitals {
  readonly rss: number;
  readonly heapUsed: number;
  /** Of the event loop's delay, since the start. */
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface ChildServer {
  readonly url: string;
  /** One a second. */
  readonly vitals: readonly Vitals[];
  end(): Promise<number | null>;
}

/** @param sets settings as `--set` takes them */
export async function startServerChild(model: string, sets: readonly string[]): Promise<ChildServer> {
  const program = ['--import', 'tsx', join(import.meta.dirname, 'server-child.mjs')];
  const child: ChildProcess = spawn(process.execPath, [...program, model, ...sets], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const vitals: Vitals[] = [];
  const lines = createInterface({ input: child.stdout! });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
    lines.on('line', (line) => {
      const said = JSON.parse(line) as Vitals | { url: string };
      if ('url' in said) resolve(said.url);
      else vitals.push(said);
    });
  });
  return {
    url,
    vitals,
    end: async () =>
      await new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

/** @param expected the tuples of each text; null where every answer is right */
export async function load(
  url: string,
  texts: readonly string[],
  expected: readonly unknown[] | null,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Seen> {
  const tally = { right: 0, wrong: 0, busy: 0, failed: 0 };
  const requests = texts.map((text, at) => ({
    method: 'POST' as const,
    path: '/predict',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ texts: [text] }),
    onResponse: (status: number, body: string) => {
      if (status === 429) tally.busy += 1;
      else if (status !== 200) tally.failed += 1;
      else tally[isRight(body, expected?.[at]) ? 'right' : 'wrong'] += 1;
    },
  }));
  const probe = probeHealth(url);
  const result = await autocannon({ url, connections, duration: seconds, requests });
  const healthP99Ms = await probe.stop();
  tally.failed += result.errors + result.timeouts;
  return { ...tally, requestsPerSecond: result.requests.average, p99Ms: result.latency.p99, healthP99Ms };
}

function isRight(body: string, expected: unknown): boolean {
  const { predictions } = JSON.parse(body) as { predictions: { tuples: unknown }[] };
  return (
    predictions.length === 1 &&
    (expected === undefined || isDeepStrictEqual(predictions[0]?.tuples, expected))
  );
}

function probeHealth(url: string): { stop: () => Promise<number> } {
  const times: number[] = [];
  const ending = new AbortController();
  const probing = (async () => {
    for (;;) {
      const began = performance.now();
      const answer = await fetch(`${url}/health`);
      await answer.text();
      times.push(performance.now() - began);
      if (ending.signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    stop: async () => {
      ending.abort();
      await probing;
      return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
    },
  };
}
