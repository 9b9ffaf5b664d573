/** Dev scores epoch by epoch: what a kill, rot or a second attempt leaves of them. */
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendEpoch, openEpochs, readEpochs, removeEpochs } from '../../../src/runs/epoch-log.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it('grows by one line an epoch, however many came before', async () => {
  const folder = await temporaryFolder();
  const sizes: number[] = [];
  for (let epoch = 1; epoch <= 20; epoch += 1) {
    await appendEpoch(folder, epoch, epoch / 100);
    sizes.push((await stat(join(folder, 'epochs.ndjson'))).size);
  }
  const steps = sizes.slice(1).map((size, index) => size - (sizes[index] ?? 0));
  expect(Math.max(...steps)).toBeLessThan(130);
  expect(await readEpochs(folder, [])).toEqual(Array.from({ length: 20 }, (_, index) => (index + 1) / 100));
});

it('goes on from the scores of the state, and lets an epoch that is done again void those after it', async () => {
  const folder = await temporaryFolder();
  expect(await readEpochs(folder, [0.1, 0.2])).toEqual([0.1, 0.2]);
  await appendEpoch(folder, 3, 0.3);
  await appendEpoch(folder, 4, 0.4);
  expect(await readEpochs(folder, [0.1, 0.2])).toEqual([0.1, 0.2, 0.3, 0.4]);
  await appendEpoch(folder, 2, 0.25);
  expect(await readEpochs(folder, [0.1, 0.2])).toEqual([0.1, 0.25]);
  await removeEpochs(folder);
  expect(await readEpochs(folder, [])).toEqual([]);
});

it('loses what a kill cut off and nothing else, and believes no line that is not what was written', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'epochs.ndjson');
  for (const epoch of [1, 2, 3]) await appendEpoch(folder, epoch, epoch / 10);
  await appendFile(path, '{"epoch":4,"dev');
  expect(await readEpochs(folder, [])).toEqual([0.1, 0.2, 0.3]);
  await openEpochs(folder);
  await appendEpoch(folder, 4, 0.4);
  expect(await readEpochs(folder, [])).toEqual([0.1, 0.2, 0.3, 0.4]);
  await writeFile(path, (await readFile(path, 'utf8')).replace('"devF1":0.2', '"devF1":0.9'));
  expect(await readEpochs(folder, [])).toEqual([0.1]);
});
