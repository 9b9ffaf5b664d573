/** `fsa teach --batch` as a process, killed at every step of a batch's life: one batch is made, and paid for once. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type BatchScript, type BatchServer, startBatchServer } from '../fixtures/batch-server.js';
import { fsa, parseLines, startFsa } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const open: BatchServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const ROWS = 40;

type Kill = () => void;

/** What the server does when a step begins, and the process is to die of it. */
const STEPS: Readonly<
  Record<string, (path: string, kill: Kill) => ReturnType<BatchScript['before']> | 'half'>
> = {
  'while the file goes out': (path, kill) => {
    if (path === 'POST /v1/files') kill();
    return false;
  },
  'before it hears that the batch was made': (path, kill) => {
    if (path === 'POST /v1/batches') kill();
    return false;
  },
  'while it waits': (path, kill) => {
    if (path.startsWith('GET /v1/batches/')) kill();
    return false;
  },
  'while the answers come in': (path) => (path.endsWith('/content') ? 'half' : false),
};

describe('a batch whose process is killed', () => {
  it.each(Object.keys(STEPS))('%s, is found again', async (step) => {
    const folder = await temporaryFolder();
    const server = await startBatchServer({ polls: 2 });
    open.push(server);
    const rows = Array.from({ length: ROWS }, (_, ID) => ({ ID, Text: `Plate ${ID} was fine, I must say.` }));
    await writeFile(join(folder, 'reviews.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const words = (run: string): string[] => [
      ...['teach', '--reviews', join(folder, 'reviews.jsonl'), '--teacher', `${server.address}#m`, '--batch'],
      ...['--kinds', 'analysis', '--output', join(folder, run), '--json', '--budget', '1'],
      ...['eval.datasets=[]', 'llm.price.input=1', 'llm.price.output=2', 'llm.batchPollSeconds=0.05'].flatMap(
        (setting) => ['--set', setting],
      ),
    ];
    const corpusOf = async (run: string): Promise<string> =>
      await readFile(join(folder, run, 'corpus/analysis/restaurant/v0.json'), 'utf8');
    expect((await fsa(words('whole'))).exitCode).toBe(0);

    const run = startFsa(words('killed'));
    let killed = false;
    const kill = (): void => {
      killed = true;
      run.kill('SIGKILL');
    };
    server.script.before = (path, response) => {
      if (killed) return false;
      const answered = STEPS[step]?.(path, kill) ?? false;
      if (answered !== 'half') return answered;
      const [batch] = [...server.batches.values()].slice(-1);
      const line = { custom_id: batch?.requests[0]?.custom_id, response: { status_code: 200, body: BODY } };
      response.write(`${JSON.stringify(line)}\n{"custom_id": "ha`, () => setTimeout(kill, 200));
      return true;
    };
    await run.ended;
    expect(killed).toBe(true);
    const last = await fsa(words('killed'));
    expect(last.exitCode).toBe(0);
    expect(await corpusOf('killed')).toBe(await corpusOf('whole'));
    // One of the undisturbed run, one of this.
    expect(server.batches.size).toBe(2);
    expect(parseLines(last.stdout).at(-1)?.['costs']).toMatchObject({ usdPossible: 0 });
    expect(await readdir(join(folder, 'killed/batches'))).toEqual([]);
  });
});

const BODY = {
  choices: [
    {
      finish_reason: 'stop',
      message: {
        content:
          'Opinion Target 1: "Plate"\nAspect: Quality\nSentiment: Positive\nReasoning: The words say so.',
      },
    },
  ],
  usage: { prompt_tokens: 900, completion_tokens: 60 },
};
