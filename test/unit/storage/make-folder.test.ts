/** Folders with all that lead to them, also where Node's own way hangs or says the wrong thing. */
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toFsaError } from '../../../src/errors.js';
import { writeFileAtomic } from '../../../src/storage/atomic-write.js';
import { makeFolder, makeFolderNow } from '../../../src/storage/make-folder.js';
import { mountDisk } from '../../faults/disk.js';
import { isLinuxRoot } from '../../faults/fault-place.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const now = (path: string): Promise<boolean> => Promise.resolve().then(() => makeFolderNow(path));

describe.each([
  ['by a thread', (path: string) => makeFolder(path)],
  ['at once', now],
])('a folder made %s', (_, make) => {
  it('comes with all above it, and is told from one that was there', async () => {
    const path = join(await temporaryFolder(), 'a', 'b', 'c');
    expect([await make(path), await make(path)]).toEqual([true, false]);
  });

  it('may be made by several at once', async () => {
    const path = join(await temporaryFolder(), 'a', 'b', 'c', 'd');
    const made = await Promise.all(Array.from({ length: 16 }, () => make(path)));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  it.skipIf(process.platform !== 'linux')('is refused where no folder can be made: /proc', async () => {
    await expect(make('/proc/no-such-folder/runs')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.skipIf(!isLinuxRoot)('is refused as what it is on a disk that is read-only', async () => {
    const folder = await temporaryFolder();
    mountDisk(folder, 2 ** 20).readOnly(true);
    for (const path of [join(folder, 'a'), join(folder, 'a', 'b')])
      await expect(make(path)).rejects.toMatchObject({ code: 'EROFS' });
    expect(await make(folder)).toBe(false);
  });
});

it.each([
  ['a file on the way', 'file/x', /a file, not a folder/],
  ['a file of that name', 'file', /something else of this name/],
  ['a link that leads nowhere', 'nowhere', /something else of this name/],
  ['a link in a circle', 'circle/x', /in a circle/],
  ['a name of 300 letters', 'a'.repeat(300), /too long/],
])('says plainly that there is %s', async (_, name, words) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await symlink('gone', join(folder, 'nowhere'));
  await symlink('circle', join(folder, 'circle'));
  const error = await makeFolder(join(folder, name)).catch(toFsaError);
  expect(error).toMatchObject({
    code: 'STORAGE',
    exitCode: 2,
    message: expect.stringMatching(words) as string,
  });
});

it('names the file that was to be written, not the temporary one', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  const path = join(folder, 'file', 'x.json');
  expect(await writeFileAtomic(path, '{}').catch(toFsaError)).toMatchObject({ code: 'STORAGE', where: path });
});
