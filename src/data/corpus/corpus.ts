/** Corpus files: finding them, and streaming their rows. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { FsaError } from '../../errors.js';
import { type CorpusRow, parseCorpusRow } from './rows.js';
import { errorOfFindings, type Finding, formatPath, PROBLEMS_SHOWN } from '../formats/findings.js';
import type { Line } from '../formats/lines.js';
import { type RawRow, readRawRows } from '../formats/raw-rows.js';
import { readRowJson } from '../formats/row-json.js';

export { type CorpusRow, sourceOf } from './rows.js';

/** What is taken from a folder. */
const FILES_IN_FOLDERS = [
  ...['json', 'jsonl', 'ndjson'].flatMap((kind) =>
    ['', '.gz', '.zst'].map((packed) => `**/*.${kind}${packed}`),
  ),
  '**/*.parquet',
];

/**
 * The absolute paths that files, folders and globs stand for, sorted, each file once.
 * @throws FsaError DATA naming every pattern that nothing was found for
 */
export async function expandCorpus(patterns: readonly string[], cwd: string): Promise<string[]> {
  const found = new Map<string, string>();
  const empty: string[] = [];
  for (const pattern of patterns) {
    const files = await expandPattern(pattern, cwd);
    if (files.length === 0) empty.push(pattern);
    for (const file of files) {
      const real = realpathSync(file);
      if (!found.has(real)) found.set(real, file);
    }
  }
  if (empty.length === 0 && found.size > 0) return [...found.values()].sort();
  const names = empty.length === 0 ? 'an empty list' : empty.join(', ');
  const [first] = empty;
  throw new FsaError('DATA', `No corpus file was found for ${names}.`, {
    where: cwd,
    advice: (first === undefined ? null : adviceFromWhatIsThere(resolve(cwd, first))) ?? DOWNLOAD_ADVICE,
  });
}

const DOWNLOAD_ADVICE =
  'Check the path, or run `fsa download corpus` to fetch the published corpus (--repo for another one).';

/** What a folder holds instead of a corpus; null where there is no folder. */
function adviceFromWhatIsThere(folder: string): string | null {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  const names = readdirSync(folder);
  if (names.length === 0) return 'The folder is empty: name another, or put corpus files into it.';
  const shown = names.sort().slice(0, 3).join(', ');
  return `The folder holds ${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ''}; a corpus is JSON lines (.json, .jsonl, packed or not) or Parquet. Other forms are brought into this one with \`fsa data import\`.`;
}

async function expandPattern(pattern: string, cwd: string): Promise<string[]> {
  const path = resolve(cwd, pattern);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isFile() === true) return [path];
  if (kind?.isDirectory() === true) {
    return await glob(FILES_IN_FOLDERS, { cwd: path, absolute: true, expandDirectories: false });
  }
  return await glob([pattern.replaceAll('\\', '/')], { cwd, absolute: true, expandDirectories: false });
}

export interface ReadCorpusOptions {
  readonly signal?: AbortSignal | undefined;
  /** Where given, bad rows are reported here and left out; otherwise they end in one error. */
  readonly onBadRow?: ((problems: readonly Finding[]) => void) | undefined;
  readonly onBytes?: ((bytesRead: number) => void) | undefined;
}

/** A raw row with what it became. */
export interface ReadCorpusRow {
  readonly row: CorpusRow | null;
  /** As parsed; undefined where it is no JSON. */
  readonly value: unknown;
  readonly problems: readonly Finding[];
}

/**
 * The rows of a corpus file (JSON lines, plain or packed with gzip or zstd, with byte-order mark and CRLF
 * or without; or Parquet), one after the other with flat memory.
 * @throws FsaError DATA with the first problems of the whole file, when it has been read to its end or
 * twenty problems were found; nothing is yielded after the first one
 */
export async function* readCorpus(path: string, options: ReadCorpusOptions = {}): AsyncGenerator<CorpusRow> {
  const bad: Finding[] = [];
  let rows = 0;
  for await (const raws of readRawRows(path, options)) {
    for (const raw of raws) {
      const { row, problems } = parseRawRow(path, raw);
      rows++;
      if (row !== null) {
        if (bad.length === 0) yield row;
      } else if (options.onBadRow !== undefined) options.onBadRow(problems);
      else bad.push(...problems);
    }
    if (bad.length >= PROBLEMS_SHOWN) break;
  }
  if (bad.length > 0) throw errorOfFindings(path, bad);
  if (rows === 0) {
    throw new FsaError('DATA', 'The corpus file is empty.', {
      where: path,
      advice: 'Leave it out, or fetch it again.',
    });
  }
}

/** A raw row as a corpus row, or the problems that keep it out. */
export function parseRawRow(path: string, raw: RawRow): ReadCorpusRow {
  const problems: Finding[] = [];
  const tell = (field: string | null, kind: string, message: string): void => {
    const place = { file: path, line: raw.number, row: null };
    problems.push({ ...place, field, severity: 'error', kind, message });
  };
  const parsed = 'value' in raw ? { value: raw.value } : parseLine(raw, tell);
  if (parsed === null) return { row: null, value: undefined, problems };
  const row = parseCorpusRow(parsed.value, raw.number, (problem) => {
    tell(formatPath(problem.path), problem.kind, problem.message);
  });
  return { row, value: parsed.value, problems };
}

/** The value of a line; null where a problem of it was reported. */
function parseLine(
  { text, number }: Line,
  tell: (field: null, kind: string, message: string) => void,
): { readonly value: unknown } | null {
  if (text === null) {
    tell(null, 'encoding', 'not UTF-8');
    return null;
  }
  const read = readRowJson(text);
  if ('value' in read) return read;
  const array = read.fault === 'json' && number === 1 && text.trimStart().startsWith('[');
  const message = array
    ? 'a list starts here; corpus files hold one object per line (jq -c ".[]" FILE)'
    : read.message;
  tell(null, read.fault, message);
  return null;
}
