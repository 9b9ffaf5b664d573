/** The files that hold the reviews. */
import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { FsaError } from '../../errors.js';

const IN_FOLDERS = [
  ...['json', 'jsonl', 'ndjson', 'csv', 'tsv'].flatMap((kind) =>
    ['', '.gz', '.zst'].map((packed) => `**/*.${kind}${packed}`),
  ),
  '**/*.parquet',
];

/**
 * The absolute paths that files, folders and globs stand for, in their order, each file once.
 * @throws FsaError DATA naming what nothing was found for
 */
export async function findReviews(patterns: readonly string[], cwd: string): Promise<string[]> {
  const found = new Map<string, string>();
  for (const pattern of patterns) {
    const path = resolve(cwd, pattern);
    const kind = statSync(path, { throwIfNoEntry: false });
    const files =
      kind?.isFile() === true
        ? [path]
        : kind?.isDirectory() === true
          ? await glob(IN_FOLDERS, { cwd: path, absolute: true, expandDirectories: false })
          : await glob([pattern.replaceAll('\\', '/')], { cwd, absolute: true, expandDirectories: false });
    if (files.length === 0) {
      throw new FsaError('DATA', `No file of reviews was found for ${pattern}.`, {
        where: cwd,
        advice: 'Name JSON lines, CSV or Parquet files, or a folder of them.',
      });
    }
    for (const file of files.sort()) {
      const real = realpathSync(file);
      if (!found.has(real)) found.set(real, file);
    }
  }
  return [...found.values()];
}
