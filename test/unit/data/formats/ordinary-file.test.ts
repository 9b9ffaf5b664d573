import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { readRawFile } from '../../../../src/data/benchmark/file.js';
import { formOf } from '../../../../src/data/formats/file-format.js';
import { openSource } from '../../../../src/data/importers/source.js';
import { isFsaError } from '../../../../src/errors.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';

const READERS: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['a corpus', formOf],
  ['an annotated file', async (path) => await openSource(path, null)],
  ['a benchmark file', readRawFile],
];

async function wordsOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  return isFsaError(error) ? error.describe() : String(error);
}

describe.each(READERS)('what is no file, read as %s', (_, read) => {
  it('is refused with its place: a pipe without waiting for it, a device, a folder, links to nowhere', async () => {
    const folder = await temporaryFolder();
    const at = (name: string): string => join(folder, name);
    await execa('mkfifo', [at('pipe')]);
    await symlink('loop', at('loop'));
    await symlink('nowhere', at('link'));
    await mkdir(at('folder'));
    await writeFile(at('file'), '');
    const said = await Promise.all(
      ['pipe', 'loop', 'link', 'folder', 'file/more'].map(async (name) => await wordsOf(read(at(name)))),
    );
    const starts = [
      'This is a pipe or a device, not a file.',
      'This is a link that leads back to itself.',
      'There is no such file.',
      'This is a folder, not a file.',
      'There is no such file.',
    ];
    for (const [index, start] of starts.entries()) expect(said[index]).toContain(start);
    expect(await wordsOf(read('/dev/zero'))).toContain('a pipe or a device');
  });
});
