/** `fsa data check`: validates benchmark and corpus files, and sorts out bad rows where asked to. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type Task, TASKS } from '../config/vocabulary.js';
import { type CheckedFile, checkFile } from '../data/check.js';
import { expandCorpus } from '../data/corpus.js';
import type { Finding } from '../data/findings.js';
import { sortOutFile } from '../data/sort-out.js';
import { FsaError } from '../errors.js';
import { requireWord } from './require-word.js';

export interface DataCheckOptions {
  /** Files, folders and globs. */
  readonly paths: readonly string[];
  /** Only for benchmark files that do not tell. */
  readonly task?: Task;
  /** Folder for the rows that pass and, apart from them, the rest with reasons. */
  readonly fix?: string;
  /** Told every finding; the result keeps only the first ones of each file. */
  readonly onFinding?: (finding: Finding) => void;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

export interface DataCheckResult {
  readonly files: readonly (CheckedFile & {
    readonly passedFile: string | null;
    readonly rejectedFile: string | null;
  })[];
  /** At most `FINDINGS_KEPT` of each file; the counts in `files` are of all. */
  readonly findings: readonly Finding[];
  readonly errors: number;
  readonly warnings: number;
}

/** Enough to work through, and never the memory of two million rows. */
export const FINDINGS_KEPT = 1000;

/** @throws FsaError DATA where nothing is found, or `fix` would write over something */
export async function checkData(options: DataCheckOptions): Promise<DataCheckResult> {
  const { cwd = process.cwd(), signal } = options;
  if (options.task !== undefined) requireWord('task', options.task, TASKS);
  const files = await expandCorpus(options.paths, cwd);
  const out = options.fix === undefined ? null : resolve(cwd, options.fix);
  const nameOf = namesBelow(files);
  if (out !== null) refuseInput(out, files);
  const findings: Finding[] = [];
  const results: DataCheckResult['files'][number][] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    let kept = 0;
    const onFinding = (finding: Finding): void => {
      if (kept++ < FINDINGS_KEPT) findings.push(finding);
      options.onFinding?.(finding);
    };
    const settings = { task: options.task, signal, onFinding };
    if (out === null) {
      const checked = await checkFile(file, settings);
      results.push({ ...checked, passedFile: null, rejectedFile: null });
    } else {
      const { checked, ...written } = await sortOutFile(file, out, nameOf(file), settings);
      results.push({ ...checked, ...written });
    }
  }
  return {
    files: results,
    findings,
    errors: results.reduce((sum, file) => sum + file.errors, 0),
    warnings: results.reduce((sum, file) => sum + file.warnings, 0),
  };
}

/** Paths below the nearest folder that holds all files, so that no two share a name. */
function namesBelow(files: readonly string[]): (file: string) => string {
  let common = dirname(files[0] ?? '');
  while (files.some((file) => !file.startsWith(common.endsWith(sep) ? common : common + sep))) {
    common = dirname(common);
  }
  return (file) => (files.length === 1 ? basename(file) : relative(common, file));
}

function refuseInput(out: string, files: readonly string[]): void {
  if (statSync(out, { throwIfNoEntry: false })?.isFile() === true) {
    throw new FsaError('USAGE', 'The corrected files need a folder, and this is a file.', { where: out });
  }
  const inside = files.find((file) => realpathSync(file).startsWith(join(out, sep)));
  if (inside === undefined) return;
  throw new FsaError('USAGE', 'The folder for the corrected files holds files that are checked.', {
    where: inside,
    advice: 'Name another folder: the files themselves are never changed.',
  });
}
