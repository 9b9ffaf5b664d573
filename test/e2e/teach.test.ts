/** `fsa teach` as a process: killed at any moment, it goes on to the same corpus and pays for little twice. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { complete, goodAnswer, refuse, startLlmServer, type LlmServer } from '../fixtures/llm-server.js';
import { fsa, parseLines, startFsa } from '../helpers/cli.js';
import { Dice } from '../faults/random.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const open: LlmServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const REVIEWS = 60;
const CONCURRENCY = 4;

async function prepare(
  /** How long each answer takes; may be changed meanwhile. */
  pace: { ms: number },
  isJudged = false,
): Promise<{ folder: string; server: LlmServer; words: (run: string) => string[] }> {
  const folder = await temporaryFolder();
  const rows = Array.from({ length: REVIEWS }, (_, ID) => ({
    ID,
    Text: `Plate ${ID} was ${ID % 2 === 0 ? 'bad' : 'fine'}, I must say.`,
    Overall: 3,
  }));
  await writeFile(join(folder, 'reviews.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const server = await startLlmServer((request, response) => {
    const isGrading = request.messages[0]?.content.startsWith('You grade') === true;
    const grade = /Plate \d*[05] /.test(request.messages.at(-1)?.content ?? '') ? '2' : '4';
    setTimeout(() => complete(response, { text: isGrading ? grade : goodAnswer(request) }), pace.ms);
  });
  open.push(server);
  const words = (run: string): string[] => [
    ...['teach', '--reviews', join(folder, 'reviews.jsonl'), '--teacher', `${server.address}#m`],
    ...(isJudged ? ['--judge', `${server.address}#judge`, '--min-score', '4'] : []),
    ...['--kinds', 'analysis', '--output', join(folder, run), '--set', `llm.concurrency=${CONCURRENCY}`],
    ...['--set', 'eval.datasets=[]', '--json'],
  ];
  return { folder, server, words };
}

const corpusOf = async (folder: string, run: string): Promise<string> =>
  await readFile(join(folder, run, 'corpus/analysis/restaurant/v0.json'), 'utf8');

/**
 * After how many requests of its own each start is killed; FSA_KILLS=20 takes so many random moments, from before the
 * first answer to near the end of the work.
 */
function killMoments(): number[] {
  const wanted = process.env['FSA_KILLS'];
  if (wanted === undefined) return [2, 30, 40, 25];
  const dice = new Dice('FSA_KILL_SEED');
  return Array.from({ length: Number(wanted) }, () => 1 + Math.floor(dice.real(2 * CONCURRENCY)));
}

describe('a killed run', () => {
  it('goes on to the same bytes, asks little twice, and says how much that was', async () => {
    const { folder, server, words } = await prepare({ ms: 15 }, true);
    const whole = await fsa(words('whole'));
    expect(whole.exitCode).toBe(0);
    const asked = server.requests.length;
    let kills = 0;
    for (const after of killMoments()) {
      const before = server.requests.length;
      const run = startFsa(words('killed'));
      const state = { isOver: false };
      void run.ended.then(() => (state.isOver = true));
      while (!state.isOver && server.requests.length < before + after)
        await new Promise((later) => setTimeout(later, 2));
      if (state.isOver) break;
      run.kill('SIGKILL');
      await run.ended;
      kills += 1;
    }
    const last = await fsa(words('killed'));
    expect(last.exitCode).toBe(0);
    expect(await corpusOf(folder, 'killed')).toBe(await corpusOf(folder, 'whole'));
    // Every start probes teacher and judge where it asks them; besides, each kill costs at most what was under way.
    const repeated = server.requests.length - asked - asked;
    const probes = server.requests.slice(asked).filter(({ messages }) => messages.length === 1).length - 2;
    const twice = repeated - probes;
    expect(probes).toBeLessThanOrEqual(2 * kills);
    expect(twice).toBeLessThanOrEqual(kills * CONCURRENCY);
    expect(await corpusOf(folder, 'whole')).not.toMatch(/Plate \d*[05] /);
    const result = parseLines(last.stdout).at(-1);
    const { lostRequests } = result?.['costs'] as { lostRequests: number };
    expect(lostRequests).toBeGreaterThanOrEqual(twice);
    expect(lostRequests).toBeLessThanOrEqual(kills * (CONCURRENCY + 2));
  }, 1_800_000);
});

describe('the command', () => {
  it('tells a budget that is used up with exit code 8, a refused key with 7, and a second holder with 2', async () => {
    const pace = { ms: 0 };
    const { folder, server, words } = await prepare(pace);
    const price = ['--set', 'llm.price.input=1', '--set', 'llm.price.output=2'];
    const poor = await fsa([...words('poor'), ...price, '--budget', '0.02']);
    expect([poor.exitCode, parseLines(poor.stdout).at(-1)?.['code']]).toEqual([8, 'BUDGET']);
    pace.ms = 1500;
    const first = startFsa(words('held'));
    const before = server.requests.length;
    while (server.requests.length < before + 2) await new Promise((later) => setTimeout(later, 2));
    const second = await fsa(words('held'));
    expect([second.exitCode, parseLines(second.stdout).at(-1)?.['code']]).toEqual([2, 'RUN_FOLDER']);
    pace.ms = 0;
    expect((await first.ended).exitCode).toBe(0);
    const closed = await startLlmServer((_, response) => refuse(response, 401, { message: 'no' }));
    open.push(closed);
    const refused = await fsa([...words('refused'), '--teacher', `${closed.address}#m`]);
    expect(refused.exitCode).toBe(7);
    expect(await corpusOf(folder, 'held')).toContain('Plate 59');
  });

  it('asks nothing in a dry run, and shows the first question', async () => {
    const { server, words } = await prepare({ ms: 0 });
    const shown = await fsa([...words('dry').filter((word) => word !== '--json'), '--dry-run']);
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain('Review: Plate 0 was bad');
    expect(shown.stdout).toContain('Nothing was asked');
    expect(server.requests).toEqual([]);
  });
});

describe('a run that came to nothing', () => {
  it('says so with exit code 1, and records how it was made', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'reviews.jsonl'), '{"Text": "The soup was cold, I must say."}\n');
    const server = await startLlmServer((_, response) => {
      complete(response, { text: '<think>\nLet me see' });
    });
    open.push(server);
    const words = ['teach', '--reviews', 'reviews.jsonl', '--teacher', `${server.address}#m`];
    const { exitCode, stdout, stderr } = await fsa([...words, '--set', 'eval.datasets=[]'], { cwd: folder });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there is no corpus')]);
    expect(stdout).toContain('turn thinking off');
    const shown = await fsa(['runs', 'show', 'runs/teach'], { cwd: folder });
    expect(shown.stdout).toContain('fsa teach --reviews reviews.jsonl');
    expect(shown.stdout).not.toContain('older fsa');
  });
});
