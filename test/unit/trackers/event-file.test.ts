import { truncate, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { crc32c } from '../../../src/trackers/tensorboard/crc32c.js';
import { EventFile, readLastSteps } from '../../../src/trackers/tensorboard/event-file.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it('computes the checksum that the standard names', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

it('knows the last step of each tag, also of a file that was cut', async () => {
  const folder = await temporaryFolder();
  expect(await readLastSteps(join(folder, 'nowhere'))).toEqual(new Map());
  const file = await EventFile.create(folder);
  const [loss, both] = [{ loss: 1 }, { loss: 0.5, 'dev_f1 ü': 0.7 }];
  await file.append([
    { wallSeconds: 1, step: 300, values: loss },
    { wallSeconds: 2, step: 70_000, values: both },
    { wallSeconds: 3, step: 70_001, values: loss },
  ]);
  await file.close();
  expect(await readLastSteps(folder)).toEqual(
    new Map([
      ['loss', 70_001],
      ['dev_f1 ü', 70_000],
    ]),
  );
  const [name] = await readdir(folder);
  const path = join(folder, name as string);
  await truncate(path, (await stat(path)).size - 3);
  expect((await readLastSteps(folder)).get('loss')).toBe(70_000);
});
