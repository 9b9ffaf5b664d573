/** Where a command's results go, and what is in the way. */
import { spawnSync } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fsa, ROOT } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it.skipIf(process.platform !== 'linux')('says in a sentence that standard output takes no more', () => {
  const full = openSync('/dev/full', 'w');
  const words = [join(ROOT, 'bin/fsa.js'), '--help'];
  const ended = spawnSync(process.execPath, words, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
  closeSync(full);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/^fsa: The disk is full\. \(standard output\)\n.*\n?$/);
});

it('does not put predictions in the place of the sentences', async () => {
  const folder = await temporaryFolder();
  const [input, link] = [join(folder, 'in.txt'), join(folder, 'link.txt')];
  await writeFile(input, 'Good.\n');
  await symlink(input, link);
  for (const output of [input, link, join(folder, '.', 'in.txt')]) {
    const { exitCode, stderr } = await fsa([
      'predict',
      '--model',
      folder,
      '--input',
      input,
      '--output',
      output,
    ]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('The output is the input')]);
  }
  expect(await readFile(input, 'utf8')).toBe('Good.\n');
});
