/** Data that changes between two commands of one run: never mistaken for the same, never lost. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { STEPS, undisturbedStudent } from './undisturbed-run.js';
import { expectClearError, openPlace, studentOf, wordsOf } from './fault-place.js';

it('a corpus that changes between two resumes is refused with what differs; put back, the run goes on', async () => {
  const place = await openPlace();
  const words = place.distillWords('run', STEPS);
  const stop = async (): Promise<string> => {
    const running = place.start(words);
    await running.event('checkpoint-saved');
    running.kill('SIGINT');
    const outcome = await running.ended;
    expectClearError(outcome, 130, 'CANCELLED');
    return outcome.stdout;
  };
  await stop();
  // One letter of one row, in a file that keeps its name and its size.
  const corpus = await readFile(place.corpus, 'utf8');
  const changed = corpus.replace(/("Text": ?")(\w)/, (_, key: string) => `${key}#`);
  expect(changed).toHaveLength(corpus.length);
  expect(changed).not.toBe(corpus);
  for (const time of ['first', 'second']) {
    await writeFile(place.corpus, changed);
    const refused = await place.run(words);
    const error = wordsOf(expectClearError(refused, 2, 'RUN_FOLDER'));
    expect(error, time).toMatch(/the content of corpus part 1 was [0-9a-f]{12}… and is now [0-9a-f]{12}…/);
    expect(error).toMatch(/--replace|another folder/);
    expect(refused.events.map(({ type }) => type)).not.toContain('worker-started');
    await writeFile(place.corpus, corpus);
    if (time === 'first') expect(await stop()).toContain('Training goes on from the checkpoint at step');
  }
  expect(await place.run(words)).toMatchObject({ exitCode: 0, error: null });
  expect(await studentOf(join(place.folder, 'run'))).toEqual(await undisturbedStudent(STEPS));
}, 240_000);
