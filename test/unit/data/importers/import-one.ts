/** Imports of small files that a test writes into a folder of its own. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importData } from '../../../../src/index.js';
import type { DataImportOptions } from '../../../../src/pipelines/data/import.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';

/** A folder that holds these files. */
export async function inFolder<T>(
  files: Readonly<Record<string, string | Buffer>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return await use(folder);
}

/** One file imported as it is, without a split. */
export async function importOne(
  name: string,
  content: string | Buffer,
  options: Partial<DataImportOptions> = {},
) {
  return await inFolder({ [name]: content }, async (folder) => {
    const settings = { train: [name], output: 'out', devShare: 0, testShare: 0, cwd: folder, ...options };
    const result = await importData(settings);
    const train = join(folder, 'out', 'train.json');
    const rows = existsSync(train)
      ? (JSON.parse(await readFile(train, 'utf8')) as Record<string, unknown>[])
      : [];
    const rejects = join(folder, 'out', 'rejects.jsonl');
    return { result, rows, rejects: existsSync(rejects) ? await readFile(rejects, 'utf8') : '' };
  });
}
