/** The example as a user runs it: reviews, a teacher in a process of its own, a student, and what both cost. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import type { Report } from '../../src/report/types.js';
import { ROOT } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

it('the example makes a student of its own domain that beats its start, and tells what it costs', async () => {
  const output = join(await temporaryFolder(), 'own');
  const script = join(ROOT, 'examples/teach-own-domain/run.mjs');
  const few = ['--steps', '160', '--seeds', '42', '--epochs', '6'];
  const run = await execa(process.execPath, [script, '--output', output, ...few], { reject: false });
  expect(run.exitCode, run.stderr.slice(-2000)).toBe(0);
  const report = JSON.parse(await readFile(join(output, 'report.json'), 'utf8')) as Report;
  const f1Of = (model: string): number => report.cells.find((cell) => cell.model === model)?.f1.all ?? NaN;
  expect(f1Of('student')).toBeGreaterThan(f1Of('start') + 5);
  // The example's teacher knows every word of its reviews.
  expect(f1Of('teacher 0-shot')).toBe(100);
  const [frontier] = report.frontiers;
  expect(frontier?.points.map(({ model, kind }) => [model, kind])).toEqual([
    ['start', 'student'],
    ['student', 'student'],
    ['teacher 0-shot', 'language model'],
  ]);
  for (const { usdPerThousand } of frontier?.points ?? []) expect(usdPerThousand).toBeGreaterThan(0);
  expect(await readFile(join(output, 'report.html'), 'utf8')).toContain('id="frontier"');
});
