/** Dev scores epoch by epoch: what a kill, rot or a second attempt leaves of them. */
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EpochLog, readEpochs, removeEpochs, SyncAllowance } from '../../../src/runs/epoch-log.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

/** As one attempt does. */
async function append(
  folder: string,
  scores: Readonly<Record<number, number>>,
  isLocal = true,
): Promise<void> {
  const log = await EpochLog.open(folder, isLocal);
  for (const [epoch, f1] of Object.entries(scores)) await log.append(Number(epoch), f1);
  await log.close();
}

it.each([true, false])('grows by one line an epoch, whatever came before (local: %s)', async (isLocal) => {
  const folder = await temporaryFolder();
  const sizes: number[] = [];
  const log = await EpochLog.open(folder, isLocal);
  for (let epoch = 1; epoch <= 20; epoch += 1) {
    await log.append(epoch, epoch / 100);
    sizes.push((await stat(join(folder, 'epochs.ndjson'))).size);
  }
  await log.close();
  const steps = sizes.slice(1).map((size, index) => size - (sizes[index] ?? 0));
  expect(Math.max(...steps)).toBeLessThan(130);
  expect(await readEpochs(folder, [])).toEqual(Array.from({ length: 20 }, (_, index) => (index + 1) / 100));
});

it('goes on from the scores of the state, and lets an epoch that is done again void those after it', async () => {
  const folder = await temporaryFolder();
  expect(await readEpochs(folder, [0.1, 0.2])).toEqual([0.1, 0.2]);
  await append(folder, { 3: 0.3, 4: 0.4 });
  expect(await readEpochs(folder, [0.1, 0.2])).toEqual([0.1, 0.2, 0.3, 0.4]);
  await append(folder, { 2: 0.25 });
  expect(await readEpochs(folder, [0.1, 0.2])).toEqual([0.1, 0.25]);
  await removeEpochs(folder, true);
  expect(await readEpochs(folder, [])).toEqual([]);
});

const believes =
  'loses what a kill cut off and nothing else, and believes no line that is not what was written';

it.each([true, false])(`${believes} (local: %s)`, async (isLocal) => {
  const folder = await temporaryFolder();
  const path = join(folder, 'epochs.ndjson');
  await append(folder, { 1: 0.1, 2: 0.2, 3: 0.3 }, isLocal);
  await appendFile(path, '{"epoch":4,"dev');
  expect(await readEpochs(folder, [])).toEqual([0.1, 0.2, 0.3]);
  await append(folder, { 4: 0.4 }, isLocal);
  expect(await readEpochs(folder, [])).toEqual([0.1, 0.2, 0.3, 0.4]);
  await writeFile(path, (await readFile(path, 'utf8')).replace('"devF1":0.2', '"devF1":0.9'));
  expect(await readEpochs(folder, [])).toEqual([0.1]);
});

it('lets the lines of few cells wait for the disk, and of a thousand ten in a second', () => {
  let nowMs = 0;
  const syncs = new SyncAllowance(() => nowMs);
  const take = (lines: number): number =>
    Array.from({ length: lines }, () => syncs.take()).filter(Boolean).length;
  expect(take(10)).toBe(10);
  expect(take(50)).toBe(0);
  nowMs = 1000;
  expect(take(60)).toBe(10);
});
