/** Which files of a repository are wanted. */
import picomatch from 'picomatch';
import { FsaError } from '../../errors.js';
import { chooseModelFiles } from '../../storage/model-files.js';
import type { RepositoryKind } from './repository.js';

export interface Selection {
  /** Globs that replace the usual choice; empty takes the usual choice. */
  readonly include: readonly string[];
  /** Globs of files to leave out. */
  readonly exclude: readonly string[];
}

const CORPUS_FILES = /\.(json|jsonl)(\.gz|\.zst)?$|\.parquet$/i;
const NOT_CORPUS = /(^|\/)(dataset_infos?\.json$|\.)/;

/**
 * The wanted files, in the order given. A glob without a slash matches the name in any folder.
 * @throws FsaError USAGE when nothing is left
 */
export function selectFiles<T extends { readonly path: string }>(
  files: readonly T[],
  kind: RepositoryKind,
  { include, exclude }: Selection,
  where: string,
): T[] {
  const wanted = include.length > 0 ? matcher(include) : usualChoice(files, kind);
  const unwanted = exclude.length > 0 ? matcher(exclude) : () => false;
  const chosen = files.filter(({ path }) => wanted(path) && !unwanted(path));
  if (chosen.length > 0) return chosen;
  throw new FsaError('USAGE', 'No file of the repository is wanted.', {
    where,
    advice:
      include.length + exclude.length > 0
        ? `Look at --include and --exclude: it has ${sample(files)}.`
        : `It has ${sample(files)}; choose with --include.`,
  });
}

function usualChoice(
  files: readonly { readonly path: string }[],
  kind: RepositoryKind,
): (path: string) => boolean {
  if (kind === 'dataset') return (path) => CORPUS_FILES.test(path) && !NOT_CORPUS.test(path);
  const wanted = chooseModelFiles(files.map(({ path }) => path));
  return (path) => wanted.has(path);
}

function matcher(globs: readonly string[]): (path: string) => boolean {
  const tests = globs.map((glob) => {
    const pattern = glob.endsWith('/') ? `${glob}**` : glob.replace(/^\.?\//, '');
    return picomatch(pattern, { dot: true, basename: !pattern.includes('/') });
  });
  return (path) => tests.some((test) => test(path));
}

function sample(files: readonly { readonly path: string }[]): string {
  if (files.length === 0) return 'no files';
  const names = files.slice(0, 5).map(({ path }) => path.slice(0, 100));
  return `${names.join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`;
}
