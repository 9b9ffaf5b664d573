import { readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitsSeal, sealFile } from '../../../src/storage/file-seal.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

async function sealed() {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, 'some bytes');
  return { path, seal: await sealFile(path) };
}

describe('a sealed file', () => {
  it('fits while it holds what it held, also with another date', async () => {
    const { path, seal } = await sealed();
    expect(await fitsSeal(path, seal)).toBe(true);
    await utimes(path, 1, 1);
    expect(await fitsSeal(path, seal)).toBe(true);
  });

  it('does not fit when it is cut, gone or holds other bytes of the same number', async () => {
    const cut = await sealed();
    await truncate(cut.path, 3);
    expect(await fitsSeal(cut.path, cut.seal)).toBe(false);
    const other = await sealed();
    await writeFile(other.path, 'same bytes');
    expect(await fitsSeal(other.path, other.seal)).toBe(false);
    expect(await fitsSeal(`${other.path}-none`, other.seal)).toBe(false);
  });

  it('is read again where that is insisted on, whatever the date says', async () => {
    const { path, seal } = await sealed();
    await writeFile(path, 'same bytes');
    const forged = { ...(await sealFile(path)), sha256: seal.sha256 };
    expect(await fitsSeal(path, forged)).toBe(true);
    expect(await fitsSeal(path, forged, true)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('same bytes');
  });
});
