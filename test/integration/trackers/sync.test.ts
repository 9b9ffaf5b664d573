import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FsaError } from '../../../src/index.js';
import { sync } from '../../../src/pipelines/sync.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { range, WrittenRun } from '../../helpers/written-run.js';

const WORK = { emit: () => undefined, signal: new AbortController().signal };
/** Nothing ever listens on the port that is left for discarding. */
const AWAY = ['mlflow=http://127.0.0.1:9', 'webhook=http://127.0.0.1:9/hook'];

it('a tracker that is away keeps no other from what it missed, and each that failed is named', async () => {
  const run = await WrittenRun.create(await temporaryFolder());
  await run.start(['first']);
  await run.metrics('first', range(1, 5));
  await run.finish(['first']);
  const [mlflow = '', webhook = ''] = AWAY;
  const error = await sync({ run: run.folder, track: [mlflow, 'tensorboard', webhook] }, WORK).then(
    () => null,
    (thrown: unknown) => thrown as FsaError,
  );
  expect(error).toMatchObject({ code: 'API', exitCode: 7 });
  expect(error!.message).toMatch(
    /^2 of 3 trackers did not take the run; tensorboard has it: \d+ records sent\.$/,
  );
  expect(error!.problems).toHaveLength(2);
  expect(error!.problems[0]).toContain(mlflow);
  expect(error!.problems[1]).toContain('webhook');
  expect(existsSync(join(run.folder, 'tensorboard'))).toBe(true);
});
