/** Commands that write users' files where these may not grow: one sentence that names the file, and nothing half-written. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { ROOT } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const rows = Array.from({ length: 200 }, (_, id) => ({
  ...{ ID: id, id, Text: `The soup number ${id} was good.`, text: `The soup number ${id} was good.` },
  ...{ x_response: 'Soup: good.', term: 'soup', polarity: 'positive', Overall: 5 },
}));

it.skipIf(process.platform !== 'linux').each([
  ['an import', ['data', 'import', '../in.jsonl', '--task', 'atsa', '--output', 'out/new'], /\.new\./],
  ['a corrected file', ['data', 'check', '../in.jsonl', '--fix', 'out'], /in\.jsonl/],
  ['a corpus without repetitions', ['data', 'dedupe', '../in.jsonl', '--exact', '--to', 'out'], /in\.jsonl/],
])('%s that may not be written to its end is told by its name', async (_, words, name) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'in.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const cwd = join(folder, 'work');
  await mkdir(join(cwd, 'out'), { recursive: true });
  const command = ['sh', '-c', 'ulimit -f 1; exec "$@"', 'sh', process.execPath, join(ROOT, 'bin/fsa.js')];
  const { exitCode, stderr } = await execa(
    'env',
    ['--default-signal=XFSZ', ...command, ...words, '--quiet'],
    { cwd, env: { FSA_CACHE: join(folder, 'cache') }, reject: false },
  );
  expect(stderr).toMatch(/^fsa: The file grew over the size allowed here\. \(/);
  expect(/\((.*)\)/.exec(stderr)?.[1]).toMatch(name);
  expect(exitCode).toBe(2);
  expect((await readdir(join(cwd, 'out'))).filter((left) => !left.startsWith('.'))).toEqual([]);
});
