/** What is said of an fsa.json that is none. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readStudentFile } from '../../../src/inference/student-file.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

it.each([
  ['', 'it is cut, or no JSON object'],
  ['{"schema": 1, "task": "ats', 'it is cut, or no JSON object'],
  ['[]', 'it is cut, or no JSON object'],
  ['{"schema": 2}', 'schema is wrong'],
])('names what is wrong in %j', async (text, what) => {
  const folder = await temporaryFolder();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'fsa.json'), text);
  await expect(readStudentFile(folder)).rejects.toMatchObject({
    code: 'CONFIG',
    message: `fsa.json is not what fsa wrote: ${what}.`,
    where: join(folder, 'fsa.json'),
  });
});
