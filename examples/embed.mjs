/**
 * fsa inside a Node program: distil a small student on the bundled sample, measure it, watch typed events,
 * and stop cleanly when told to. Run it with `node examples/embed.mjs [FOLDER]`; Ctrl-C stops it.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distill, evaluate, setup } from 'fsa-distill';
import { readWords, tell } from './words.mjs';

const USAGE = 'node examples/embed.mjs [FOLDER]   where the runs go (a new temporary folder)';
const folder = readWords(USAGE, { most: 1 }).words[0] ?? (await mkdtemp(join(tmpdir(), 'fsa-embed-')));
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
const { signal } = controller;

try {
  await setup({}, { signal });

  // Awaitable and iterable: the loop sees every event, the await gives the result.
  const training = distill(
    {
      preset: 'sample',
      output: join(folder, 'student'),
      config: { distill: { steps: 6, batchSize: 8, accumulation: 1, validateEverySteps: 3 } },
    },
    { signal },
  );
  for await (const event of training) {
    if (event.type === 'job-validated')
      console.log(`step ${event.step}: validation loss ${event.validationLoss.toFixed(3)}`);
  }
  const student = await training;

  // Or only await it.
  const { results, failed } = await evaluate(
    {
      preset: 'sample',
      output: join(folder, 'eval'),
      config: { eval: { models: { student: student.modelFolder }, seeds: [42], epochs: 1, parallel: 2 } },
    },
    { signal },
  );
  for (const { task, dataset, seed, subsets } of results.cells) {
    console.log(`${task}/${dataset}, seed ${seed}: F1 ${(100 * (subsets.all?.f1 ?? 0)).toFixed(2)}`);
  }
  process.exitCode = failed.length > 0 ? 1 : 0;
} catch (error) {
  tell(error);
}
