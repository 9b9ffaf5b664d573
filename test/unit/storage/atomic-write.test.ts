import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TextWriter } from '../../../src/data/formats/text-writer.js';
import { writeFileAtomic, writeJsonAtomic } from '../../../src/storage/atomic-write.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const isRoot = process.getuid?.() === 0;

describe.each([true, false])('writeFileAtomic, its disk being local: %s', (isLocal) => {
  it('replaces the content and leaves nothing beside it', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'state.json');
    await writeJsonAtomic(path, { a: 1 });
    const { size } = await writeFileAtomic(path, '{"a":2}\n', { isLocal });
    expect(size).toBe(8);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ a: 2 });
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('takes the place of no device, pipe or folder', async () => {
    const folder = await temporaryFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [path, sentence] of [
      [pipe, 'there is a device or a pipe of that name'],
      [folder, 'there is a folder of that name'],
    ] as const) {
      await expect(writeFileAtomic(path, 'x', { isLocal })).rejects.toThrow(sentence);
      await expect(TextWriter.create(path)).rejects.toThrow(sentence);
    }
    expect(await readdir(folder)).toEqual(['pipe']);
  });

  it('keeps the old content and leaves no half file when the folder cannot take the new one', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'file');
    await mkdir(path);
    await writeFile(join(path, 'inside'), 'x');
    await expect(writeFileAtomic(path, 'new', { isLocal })).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['file']);
  });

  it.skipIf(!isRoot || process.platform !== 'linux')('keeps the old content on a full disk', async () => {
    const folder = await temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', [folder]));
    const path = join(folder, 'results.json');
    await writeFileAtomic(path, 'old', { isLocal });
    await expect(writeFileAtomic(path, Buffer.alloc(1_000_000), { isLocal })).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['results.json']);
  });
});
