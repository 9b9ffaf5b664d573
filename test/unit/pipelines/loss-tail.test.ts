import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LossTail } from '../../../src/pipelines/watch/loss-tail.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { range, WrittenRun } from '../../helpers/written-run.js';

it('the loss of a resumed attempt has every step once, however much it cut off', async () => {
  const run = await WrittenRun.create(await temporaryFolder());
  await run.metrics('job', range(1, 50));
  const tail = new LossTail(join(run.folder, 'jobs/job/metrics.jsonl'));
  const steps = (): number[] => tail.loss.map(({ x }) => x);
  expect(await tail.readOn()).toBe(true);
  expect(steps()).toEqual(range(1, 50));
  await run.cutMetrics('job', 21);
  await run.metrics('job', range(21, 30));
  await tail.readOn();
  expect(steps()).toEqual(range(1, 30));
  await run.metrics('job', range(31, 60));
  await tail.readOn();
  expect(steps()).toEqual(range(1, 60));
});
