/** A corpus by the batch service of a provider: handed in, waited for, read back; killed and resumed elsewhere. */
import { LLMock } from '@copilotkit/aimock';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type BatchScript,
  type BatchServer,
  sendJson,
  type ServedBatch,
  startBatchServer,
} from '../../fixtures/batch-server.js';
import { reviewOf } from '../../fixtures/llm-server.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, readCorpusFiles, someReviews, teachOptions, writeReviews } from './teach-home.js';

const open: BatchServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function prepare(
  count: number,
  script: Partial<BatchScript> = {},
  settings: Parameters<typeof teachOptions>[2] = {},
): Promise<{ folder: string; server: BatchServer; options: ReturnType<typeof teachOptions> }> {
  const folder = await temporaryFolder();
  const server = await startBatchServer(script);
  open.push(server);
  await writeReviews(folder, someReviews(count));
  const llm = { batchPollSeconds: 0.01, ...settings.llm };
  const options = { ...teachOptions(folder, server.address, { ...settings, llm }), batch: true };
  return { folder, server, options };
}

const numberIn = (text: string): number => Number(/Dish (\d+) /.exec(text)?.[1] ?? -1);
const askedIn = ({ requests }: ServedBatch): number[] => requests.map(({ body }) => numberIn(reviewOf(body)));
const callsOf = ({ calls }: BatchServer, path: string): number =>
  calls.filter((call) => call === path).length;

describe('a batch', () => {
  it('gives the corpus that requests give, at half the price that is set, and leaves no file of its own', async () => {
    const { folder, server, options } = await prepare(
      12,
      {},
      {
        llm: { price: { input: 1, output: 2, batchFactor: 0.5 } },
        teach: { kinds: ['analysis', 'rewrite'], budget: 1 },
      },
    );
    const { result, error } = await follow(options);
    expect(error).toBeNull();
    expect(result?.kinds).toMatchObject({ analysis: { kept: 12 }, rewrite: { kept: 12 } });
    const inBatches = await readCorpusFiles(folder);
    expect(server.batches.size).toBe(2);
    const [batch] = server.batches.values();
    expect(batch?.requests[0]).toMatchObject({ method: 'POST', url: '/v1/chat/completions' });
    expect(server.uploads).toContain(`fsa-${batch?.metadata['fsa'] ?? ''}.jsonl`);
    // The probe is a request of its own, and costs the whole price.
    expect(result?.costs).toMatchObject({ tokens: 25 * 960, usdPossible: 0, lostRequests: 0 });
    expect(result?.costs?.usdSpent).toBeCloseTo((1020 + 24 * 510) / 1e6, 12);
    expect(await readdir(join(folder, 'run/batches'))).toEqual([]);
    const again = await follow(options);
    expect(again.result?.costs).toEqual(result?.costs);
    expect(server.batches.size).toBe(2);
    expect(Object.values(inBatches).join('').trim().split('\n')).toHaveLength(24);
    expect(await readCorpusFiles(folder)).toEqual(inBatches);
  });

  it('costs its share in a dry run', async () => {
    const half = { llm: { price: { input: 1, output: 2, batchFactor: 0.5 } } };
    const { server, options } = await prepare(12, {}, half);
    const dry = await follow({ ...options, dryRun: true });
    const whole = await follow({ ...options, batch: false, dryRun: true });
    expect(dry.result?.plan.usd?.most).toBeCloseTo((whole.result?.plan.usd?.most ?? 0) / 2, 12);
    expect(server.calls).toEqual([]);
  });

  it('reads the error file, too: refused rows are told, others asked again, and what expired goes on', async () => {
    const { server, options } = await prepare(10, {
      end: ({ id }) => (id === 'batch_0' ? 'expired' : 'completed'),
      fate: ({ body }, { id }) => {
        const number = numberIn(reviewOf(body));
        if (number === 3) return { status: 400 };
        if (number === 4 && id === 'batch_0') return { status: 500 };
        return number > 6 && id === 'batch_0'
          ? 'none'
          : { text: `Opinion Target 1: "Dish"\nAspect: A\nSentiment: Mild\nReasoning: ${number}.` };
      },
    });
    const { result, error, events } = await follow(options);
    expect(error).toBeNull();
    expect([...server.batches.values()].map(askedIn)).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      [4, 7, 8, 9],
    ]);
    expect(result?.kinds['analysis']).toMatchObject({ answers: 9, kept: 9, unanswered: 1 });
    expect(result?.failures).toEqual({ 'The batch has no answer (400)': 1 });
    const told = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(told).toContain('A batch is expired: 5 answers, 2 failed, 3 not answered.');
  });

  it('is made no larger than the server and the budget allow; the budget stops it with exit code 8', async () => {
    // A question may cost about $0.006 and costs $0.00102.
    const { server, options } = await prepare(16, {}, { teach: { budget: 0.012 }, llm: { batchRows: 4 } });
    const poor = await follow(options);
    expect(poor.error).toMatchObject({ code: 'BUDGET', exitCode: 8 });
    const sizes = [...server.batches.values()].map(({ requests }) => requests.length);
    expect(Math.max(...sizes)).toBeLessThan(4);
    const { teach: _, ...others } = options.config ?? {};
    const rich = { ...options, config: { ...others, teach: { ...options.config?.teach, budget: 1 } } };
    const { result, error } = await follow(rich);
    expect(error).toBeNull();
    expect(result?.kinds['analysis']).toMatchObject({ kept: 16 });
    const all = [...server.batches.values()].flatMap(askedIn);
    expect(all.sort((a, b) => a - b)).toEqual([...Array(16).keys()]);
    expect(Math.max(...[...server.batches.values()].map(({ requests }) => requests.length))).toBe(4);
  });

  it('that the server refuses is an error with its words; one that holds too much waits for the others', async () => {
    const refused = await prepare(3, {
      end: (batch) => {
        batch.errors = [{ code: 'invalid_json_line', message: 'This line is not parseable', line: 2 }];
        return 'failed';
      },
    });
    const { error } = await follow(refused.options);
    expect(error).toMatchObject({
      code: 'API',
      exitCode: 7,
      problems: ['This line is not parseable (line 2)'],
    });
    const crowded = await prepare(
      4,
      {
        end: (batch) => {
          if (batch.id !== 'batch_1') return 'completed';
          batch.errors = [
            { code: 'token_limit_exceeded', message: 'Enqueued token limit reached', line: null },
          ];
          return 'failed';
        },
      },
      { llm: { batchRows: 2 } },
    );
    const { result } = await follow(crowded.options);
    expect(result?.kinds['analysis']).toMatchObject({ kept: 4 });
    expect([...crowded.server.batches.values()].map(askedIn)).toEqual([
      [0, 1],
      [2, 3],
      [2, 3],
    ]);
  });

  it('is waited for through trouble, and made once where the answer to its making was lost', async () => {
    const { server, options } = await prepare(3);
    let lost = 0;
    const { before } = server.script;
    server.script.before = (path, response) => {
      if (path === 'POST /v1/batches' && lost === 0) {
        lost = 1;
        // The batch is made, and nobody hears of it.
        Object.assign(response, { end: () => response.destroy() });
        return false;
      }
      if (path.startsWith('GET /v1/batches/') && lost < 3) {
        lost += 1;
        sendJson(response, 503, { error: { message: 'busy' } });
        return true;
      }
      return before(path, response);
    };
    const { result, error } = await follow(options);
    expect(error).toBeNull();
    expect(result?.kinds['analysis']).toMatchObject({ kept: 3 });
    expect([server.batches.size, callsOf(server, 'POST /v1/batches')]).toEqual([1, 1]);
  }, 60_000);
});

describe('batches that nobody waits for any more', () => {
  it('go on after Ctrl-C; requests are refused meanwhile, and the same command fetches them', async () => {
    const { server, options } = await prepare(5, { polls: Infinity }, { teach: { budget: 1 } });
    const stop = new AbortController();
    const { before } = server.script;
    server.script.before = (path, response) => {
      if (path.startsWith('GET /v1/batches/')) stop.abort();
      return before(path, response);
    };
    const stopped = await follow(options, stop.signal);
    expect(stopped.error).toMatchObject({ code: 'CANCELLED' });
    expect(JSON.stringify(stopped.events)).toContain('1 batches go on at the server');
    server.script.before = before;
    const requests = await follow({ ...options, batch: false });
    expect(requests.error).toMatchObject({ code: 'RUN_FOLDER' });
    expect(requests.error?.advice).toContain('--cancel-batches');
    expect(callsOf(server, 'POST /v1/chat/completions')).toBe(1);
    server.script.polls = 0;
    const { result, error } = await follow(options);
    expect(error).toBeNull();
    expect(result?.kinds['analysis']).toMatchObject({ kept: 5 });
    expect([server.batches.size, server.uploads.length]).toEqual([1, 1]);
  });

  it('are ended by --cancel-batches; what they answered is a corpus, and the rest is asked later', async () => {
    const { folder, server, options } = await prepare(6, {
      polls: Infinity,
      fate: ({ body }, { status }) => {
        const number = numberIn(reviewOf(body));
        return status === 'cancelled' && number > 1
          ? 'none'
          : { text: 'Opinion Target 1: "Dish"\nAspect: A\nSentiment: Mild\nReasoning: So.' };
      },
    });
    const stop = new AbortController();
    server.script.before = (path) => {
      if (path.startsWith('GET /v1/batches/')) stop.abort();
      return false;
    };
    await follow(options, stop.signal);
    server.script.before = () => false;
    const { batch: _, ...others } = options;
    const ended = await follow({ ...others, cancelBatches: true });
    expect(ended.error).toBeNull();
    expect([...server.batches.values()].map(({ status }) => status)).toEqual(['cancelled']);
    expect(ended.result?.kinds['analysis']).toMatchObject({ answers: 2, kept: 2, unanswered: 4 });
    expect(ended.result?.costs).toMatchObject({ usdPossible: 0, tokens: 3 * 960 });
    const rest = await follow(others);
    expect(rest.result?.kinds['analysis']).toMatchObject({ answers: 6, unanswered: 0 });
    expect(existsSync(join(folder, 'run/batches.ndjson'))).toBe(true);
  });

  it('are not made where the model runs here, or the server has none', async () => {
    const { server, options } = await prepare(2, {
      before: (path, response) => {
        if (path !== 'POST /v1/files') return false;
        sendJson(response, 404, { error: { message: 'Not Found' } });
        return true;
      },
    });
    const { error } = await follow(options);
    expect(error).toMatchObject({ code: 'API', exitCode: 7 });
    expect(error?.describe()).toMatch(/no batches at all .*--batch/s);
    expect(server.batches.size).toBe(0);
    const both = await follow({ ...options, exportRequests: 'x.jsonl' });
    expect(both.error).toMatchObject({ code: 'USAGE' });
  });
});

describe('a kept mock of the service', () => {
  it('takes the batch through its life, and its answers are read', async () => {
    const mock = new LLMock({ port: 0 });
    mock.onMessage(/yes/, { content: 'yes' });
    await mock.start();
    try {
      const folder = await temporaryFolder();
      await writeReviews(folder, someReviews(7));
      const settings = {
        llm: { batchPollSeconds: 0.01 },
        teach: { kinds: ['rewrite' as const], filters: { tooShort: 'keep' as const } },
      };
      const options = teachOptions(folder, `${mock.url}/v1`, settings);
      const { result, error } = await follow({ ...options, batch: true });
      expect(error).toBeNull();
      expect(result?.kinds['rewrite']).toMatchObject({ answers: 7, kept: 7, unanswered: 0 });
      const [file = ''] = Object.values(await readCorpusFiles(folder));
      expect(file.split('Mock batch completion')).toHaveLength(8);
      const ledger = await readFile(join(folder, 'run/batches.ndjson'), 'utf8');
      expect(
        ledger
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { type: string }).type),
      ).toEqual([...['planned', 'uploaded', 'created', 'ended']]);
    } finally {
      await mock.stop();
    }
  });
});
