import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTextIfThere } from '../../../src/storage/read-text.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it('tells a file that is not there from one that cannot be read', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'text'), 'café');
  expect(await readTextIfThere(join(folder, 'text'))).toBe('café');
  expect(await readTextIfThere(join(folder, 'nowhere'))).toBeNull();
  await expect(readTextIfThere(folder)).rejects.toMatchObject({ code: 'EISDIR' });
});
