/** What an earlier run had not done yet, read without its numbers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMissing } from '../../../src/runs/missing-cells.js';
import { writeResultsFile } from '../../../src/runs/results-writer.js';
import type { CellResult, ResultsFile } from '../../../src/runs/types.js';
import { seal } from '../../../src/storage/sealed-json.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const key = { model: 'a', task: 'atsa', dataset: 'rest14', trainShare: 1 } as const;
const cell: CellResult = {
  jobId: 'done',
  ...key,
  // What a reader of lines could take for the list.
  model: '\n"missing": [',
  seed: 1,
  bestEpoch: 0,
  devF1: [],
  subsets: {},
  device: 'cpu',
  threads: 1,
  seconds: 1,
};
const cellText = Buffer.from(JSON.stringify(cell));
const missing = (count: number): ResultsFile['missing'] =>
  Array.from({ length: count }, (_, seed) => ({ jobId: `m${seed}`, ...key, seed, reason: 'not run\n"yet"' }));

it.each([0, 1, 3000])('finds the list of %i at the end of the file', async (count) => {
  const folder = await temporaryFolder();
  const results = { cells: [cellText, cellText], missing: missing(count) };
  await writeResultsFile(join(folder, 'results.json'), results);
  expect(await readMissing(folder)).toEqual(results.missing);
});

it('reads what versions before this one wrote, and takes nothing from a file that is cut or not there', async () => {
  const folder = await temporaryFolder();
  expect(await readMissing(folder)).toEqual([]);
  const path = join(folder, 'results.json');
  const whole = JSON.stringify(seal({ schema: 1, cells: [cell], missing: missing(3) }), null, 2);
  await writeFile(path, whole);
  expect(await readMissing(folder)).toEqual(missing(3));
  await writeFile(path, whole.slice(0, -30));
  expect(await readMissing(folder)).toEqual([]);
  await writeResultsFile(path, { cells: [cellText], missing: missing(3) });
  await writeFile(path, '{\n"schema": 1,\n"cells": [],\n"missing": [{"jobId":');
  expect(await readMissing(folder)).toEqual([]);
});
