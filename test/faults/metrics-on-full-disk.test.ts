/** metrics.jsonl on a disk that fills in the middle of a line. Root on Linux only: it takes a disk of its own. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MetricRecord } from '../../src/rpc/messages.js';
import { MetricsLog } from '../../src/runs/metrics-log.js';
import { temporaryFolder } from '../helpers/temp-folder.js';
import { mountDisk } from './disk.js';
import { isLinuxRoot } from './fault-place.js';

const record = (step: number): MetricRecord => ({
  ...{ step, epoch: 1, loss: 0.5, validationLoss: null, learningRate: 0.1 },
  ...{ gradientNorm: 1, tokens: 10, tokensPerSecond: 5 },
});

const goesOn = 'holds whole records alone, and goes on once there is room';

it.skipIf(!isLinuxRoot).each([true, false])(`${goesOn} (local: %s)`, async (isLocal) => {
  const folder = join(await temporaryFolder(), 'disk');
  await mkdir(folder);
  const disk = mountDisk(folder, 2 * 4096);
  const path = join(folder, 'metrics.jsonl');
  await writeFile(path, '');
  const log = await MetricsLog.open(path, isLocal);
  const batch = (from: number): MetricRecord[] =>
    Array.from({ length: 20 }, (_, index) => record(from + index));
  let step = 1;
  await expect(
    (async () => {
      for (; step < 1000; step += 20) await log.append(batch(step));
    })(),
  ).rejects.toMatchObject({ code: 'ENOSPC', path });
  const lines = (await readFile(path, 'utf8')).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => (JSON.parse(line) as MetricRecord).step).at(-1)).toBe(step - 1);
  await log.close().catch(() => undefined);
  disk.resize(64 * 4096);
  const again = await MetricsLog.open(path, isLocal);
  await again.append(batch(step));
  await again.close();
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(step - 1 + 20 + 1);
});
