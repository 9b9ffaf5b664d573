/** The digests of source files, kept: a file that is as it was is not read again. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJsonAtomic } from '../../storage/atomic-write.js';
import { hashValue } from '../../storage/digest.js';
import { type FileSeal, fileSealSchema, fitsSeal, sealFile } from '../../storage/file-seal.js';

interface SourceSealOptions {
  /** Where seals are kept. */
  readonly cacheFolder: string;
  /** Reads files again whose size and date are as they were. */
  readonly verify?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The digest of a source file; not read again while it is as it was when its digest was taken. */
export async function sealOfSource(
  file: string,
  { cacheFolder, signal, verify = false }: SourceSealOptions,
): Promise<FileSeal> {
  const hintPath = join(cacheFolder, `source-${hashValue(file).slice(0, 32)}.json`);
  const hint = await readHint(hintPath);
  if (hint !== null && (await fitsSeal(file, hint, verify))) return hint;
  const sealed = await sealFile(file, signal);
  await writeJsonAtomic(hintPath, sealed);
  return sealed;
}

async function readHint(path: string): Promise<FileSeal | null> {
  try {
    return fileSealSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}
