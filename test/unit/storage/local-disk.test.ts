/** Which disks are this machine's own, and that calls on them do what those of threads do. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  makeFolder,
  removeFile,
  removeFolder,
  renameFile,
  statIfThere,
} from '../../../src/storage/disk-calls.js';
import { isOnLocalDisk } from '../../../src/storage/local-disk.js';
import { openFile } from '../../../src/storage/open-file.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it.skipIf(process.platform !== 'linux')('knows its own disks, and takes no other for one', async () => {
  expect(await isOnLocalDisk('/dev/shm')).toBe(true);
  expect(await isOnLocalDisk('/proc')).toBe(false);
  expect(await isOnLocalDisk(join(await temporaryFolder(), 'none'))).toBe(false);
});

describe.each([true, false])('calls, the disk being local: %s', (isLocal) => {
  it('make, rename and remove, and pass over what is not there', async () => {
    const folder = await temporaryFolder();
    const [made, file] = [join(folder, 'a/b'), join(folder, 'a/b/file')];
    expect(await makeFolder(made, isLocal)).toBe(true);
    expect(await makeFolder(made, isLocal)).toBe(false);
    expect(await statIfThere(file, isLocal)).toBeNull();
    expect(await statIfThere(join(file, 'below'), isLocal)).toBeNull();
    await writeFile(file, 'x');
    expect((await statIfThere(file, isLocal))?.size).toBe(1);
    await renameFile(file, join(made, 'other'), isLocal);
    await removeFile(file, isLocal);
    expect(await readdir(made)).toEqual(['other']);
    await removeFile(join(made, 'other'), isLocal);
    expect(await readdir(made)).toEqual([]);
    await writeFile(file, 'x');
    await expect(removeFile(made, isLocal)).rejects.toThrow();
    await removeFolder(join(folder, 'a'), isLocal);
    await removeFolder(join(folder, 'a'), isLocal);
    expect(await readdir(folder)).toEqual([]);
  });

  it('write, read and cut an open file', async () => {
    const path = join(await temporaryFolder(), 'file');
    const file = await openFile(path, 'wx+', isLocal);
    await file.write(Buffer.from('one two'), 0);
    await file.write(Buffer.from('six'), 4);
    await file.datasync();
    const found = Buffer.alloc(3);
    expect(await file.read(found, 3, 4)).toBe(3);
    expect(found.toString()).toBe('six');
    await file.truncate(3);
    await file.sync();
    expect((await file.stat()).size).toBe(3);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('one');
    await expect((async () => await openFile(path, 'wx', isLocal))()).rejects.toMatchObject({
      code: 'EEXIST',
    });
  });
});
