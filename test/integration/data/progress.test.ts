/** Long input is never read in silence: checking and counting tell how far they are. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkFile } from '../../../src/data/check/check.js';
import { corpusStats } from '../../../src/data/check/stats.js';
import type { ReadingProgress } from '../../../src/data/formats/reading-progress.js';
import { jsonLines, makeFolder, review } from './folder.js';

/** Several chunks of a file's reading. */
const ROWS = 8000;

it('tells rows and bytes while a corpus is counted, over all its files', async () => {
  const rows = jsonLines(Array.from({ length: ROWS }, (_, id) => review(id)));
  const cwd = await makeFolder({ 'a.json': rows, 'b.json': rows });
  const files = ['a.json', 'b.json'].map((name) => join(cwd, name));
  const told: ReadingProgress[] = [];
  await corpusStats(files, { onProgress: (progress) => told.push(progress) });
  const { size } = await stat(files[0] ?? '');
  expect(told.at(-1)).toMatchObject({ bytesDone: 2 * size, bytesTotal: 2 * size });
  expect(told.some(({ rows: read }) => read > 0 && read < ROWS)).toBe(true);
  expect(told.some(({ rows: read }) => read > ROWS)).toBe(true);
  expect(told.map(({ bytesDone }) => bytesDone)).toEqual(
    told.map(({ bytesDone }) => bytesDone).sort((a, b) => a - b),
  );
});

it('tells rows and bytes while a corpus file is checked', async () => {
  const cwd = await makeFolder({
    'a.json': jsonLines(Array.from({ length: ROWS }, (_, id) => review(id))),
  });
  const file = join(cwd, 'a.json');
  const told: (readonly [rows: number, bytes: number])[] = [];
  await checkFile(file, { onFinding: () => undefined, told: (...progress) => told.push(progress) });
  expect(told.length).toBeGreaterThan(1);
  expect(told.at(-1)?.[0]).toBeGreaterThan(0);
  expect(told.at(-1)?.[1]).toBe((await stat(file)).size);
});
