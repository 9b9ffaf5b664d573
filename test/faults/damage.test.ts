/** Files of a run that were cut, rotted or edited between two commands. */
import { cp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STEPS, undisturbedNumbers, undisturbedStudent } from './undisturbed-run.js';
import {
  checkpointsOf,
  expectClearError,
  numbersOf,
  openPlace,
  stepOf,
  studentOf,
  wordsOf,
  type Outcome,
  type Running,
} from './fault-place.js';

describe('a finished eval whose files were damaged', () => {
  it('shows no false number, measures again only what was lost, and ends with the same results', async () => {
    const place = await openPlace();
    const words = place.evalWords('run', '1,2');
    expect((await place.run(words)).exitCode).toBe(0);
    const run = join(place.folder, 'run');
    const undisturbed = await numbersOf(run);
    expect(undisturbed).toEqual(await undisturbedNumbers('1,2'));
    const [job = ''] = await readdir(join(run, 'jobs'));
    const state = join(run, 'jobs', job, 'state.json');
    const results = join(run, 'results.json');

    // What can be made from the rest is made again, with no worker started.
    const harmless: [string, string | null][] = [
      ['journal.ndjson', '{"type":"run-sta'],
      ['journal.ndjson', 'no JSON at all\n{"type":"run-started"}\n'],
      ['journal.ndjson', null],
      ['results.json', '{"schema":1,"cells":['],
      ['results.json', null],
      ['data/atsa-small-train.arrow', 'no Arrow file'],
    ];
    for (const [name, content] of harmless) {
      if (content === null) await rm(join(run, name));
      else await writeFile(join(run, name), content);
      const again = await place.run(words);
      expect(again).toMatchObject({ exitCode: 0, error: null });
      expect(again.events.map(({ type }) => type)).not.toContain('worker-started');
      expect(await numbersOf(run), name).toEqual(undisturbed);
    }

    // A better F1 by hand, or by a bit that fell over.
    for (const path of [results, state]) await writeFile(path, await withBetterScore(path));
    const refused = expectClearError(await place.run(['report', '--json', run]), 2, 'RUN_FOLDER');
    expect(wordsOf(refused)).toMatch(/results\.json is not what fsa wrote.*same `fsa eval` command again/);
    const again = await place.run(words);
    expect(again.exitCode).toBe(0);
    const started = again.events.filter(({ type }) => type === 'job-started').map(({ jobId }) => jobId);
    expect(started).toEqual([job]);
    expect(await numbersOf(run)).toEqual(undisturbed);
    expect((await place.run(['report', '--json', run])).exitCode).toBe(0);

    // What fsa cannot know for certain it does not guess.
    await truncate(join(run, 'run.json'), 100);
    const damaged = expectClearError(await place.run(words), 2, 'RUN_FOLDER');
    expect(wordsOf(damaged)).toMatch(/run\.json.*damaged.*choose another folder/);
  }, 240_000);
});

describe('an unfinished run whose files were damaged', () => {
  it('of distill names the damaged checkpoint, goes on from the one before, and ends with the same bits', async () => {
    const place = await openPlace();
    const words = place.distillWords('run', STEPS);
    const run = join(place.folder, 'run');
    await interruptAfter(place.start(words), 3);
    const [newest = '', whole = ''] = await checkpointsOf(run);
    await truncate(join(run, newest, 'weights.safetensors'), 1000);
    const [pairs = ''] = (await readdir(join(place.cache, 'pairs'))).filter((name) =>
      /train\.arrow$/.test(name),
    );
    await flipByte(join(place.cache, 'pairs', pairs));
    for (const cache of await readdir(join(place.cache, 'tokens')))
      await flipByte(join(place.cache, 'tokens', cache, 'inputs.bin'));
    await truncate(join(run, 'journal.ndjson'), 333);
    const notes = notesOf(await interruptAfter(place.start(words), 1));
    expect(notes).toMatch(/token cache .* is damaged \(inputs\.bin has other bytes\); it is made again/);
    expect(notes).toMatch(new RegExp(`The checkpoint .*${newest} is damaged \\(.*\\) and is passed over`));
    expect(notes).toContain(`Training goes on from the checkpoint at step ${stepOf(whole)}.`);
    expect(stepOf(whole)).toBe(stepOf(newest) - 1);
    expect(await checkpointsOf(run)).not.toContain(newest);

    // A record that was cut: the checkpoint that has its step behind it would leave a gap.
    const [ahead = '', before = ''] = await checkpointsOf(run);
    const metrics = await readFile(join(run, 'metrics.jsonl'), 'utf8');
    await writeFile(join(run, 'metrics.jsonl'), metrics.slice(0, -20));
    const again = await place.run(words);
    expect(again).toMatchObject({ exitCode: 0, error: null });
    expect(notesOf(again)).toMatch(new RegExp(`records up to step ${stepOf(ahead)} are not all there`));
    expect(notesOf(again)).toContain(`Training goes on from the checkpoint at step ${stepOf(before)}.`);
    expect(await studentOf(run)).toEqual(await undisturbedStudent(STEPS));
  }, 240_000);

  it('of eval lets a cell go on without its state, and begin anew without its scores, though its checkpoint is there', async () => {
    const place = await openPlace();
    const words = place.evalWords('run', '1', ['--set', 'eval.checkpointEveryMinutes=0.0001']);
    // The second of its two epochs waits for the verdict: nothing is saved whose records are not there.
    const running = place.start(words, {}, ['job-epoch 2']);
    await running.whileStopped('job-epoch 2', () => running.kill('SIGKILL'));
    await running.ended;
    const run = join(place.folder, 'run');
    const copy = join(place.folder, 'copy');
    await cp(run, copy, { recursive: true });
    const [job = ''] = await readdir(join(run, 'jobs'));
    // The log of a cell's epochs has what it needs to go on, whatever became of its state.
    await writeFile(join(run, 'jobs', job, 'state.json'), '{"schema": 1, "jo');
    const goneOn = await place.run(words);
    expect(goneOn).toMatchObject({ exitCode: 0, error: null });
    expect(goneOn.stdout).toContain('goes on from the checkpoint at step');
    expect(await numbersOf(run)).toEqual(await undisturbedNumbers());
    const lost = join(place.folder, 'lost');
    await cp(copy, lost, { recursive: true });
    await truncate(join(lost, 'jobs', job, 'epochs.ndjson'));
    const anew = await place.run(place.evalWords('lost'));
    expect(anew).toMatchObject({ exitCode: 0, error: null });
    expect(notesOf(anew)).toMatch(/scores of the epochs before 2 are lost. The cell begins anew/);
    expect(await numbersOf(lost)).toEqual(await undisturbedNumbers());
    // The same folder with data that changed meanwhile is another run.
    const train = join(place.dataset, 'train.json');
    await writeFile(train, (await readFile(train, 'utf8')).replace('"ID"', ' "ID"'));
    const other = expectClearError(await place.run(place.evalWords('copy')), 2, 'RUN_FOLDER');
    expect(wordsOf(other)).toMatch(/the content of dataset atsa\/small train\.json was .* and is now/);
  }, 240_000);
});

/** Lets a distillation save a few times, then asks it to stop, which saves once more. */
async function interruptAfter(running: Running, saves: number): Promise<Outcome> {
  await running.event('checkpoint-saved', saves);
  running.kill('SIGINT');
  const outcome = await running.ended;
  expectClearError(outcome, 130, 'CANCELLED');
  return outcome;
}

function notesOf({ events }: Outcome): string {
  const notes = events.filter(({ type }) => type === 'warning').map(({ message }) => String(message));
  return notes.join('\n');
}

async function withBetterScore(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  const better = text.replace(/"f1": ?[\d.]+/, '"f1":0.99');
  expect(better).not.toBe(text);
  return better;
}

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
