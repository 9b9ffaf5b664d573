/** A benchmark file as raw rows that know their lines: a JSON array, or JSON lines. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FsaError } from '../../errors.js';
import { decodeUtf8 } from '../formats/bytes.js';
import type { Finding } from '../formats/findings.js';
import { findRepeatedKey, repeatedKeyWords } from '../formats/repeated-keys.js';
import { parseExactJson } from '../formats/exact-json.js';
import {
  elementOffsets,
  endOfValue,
  findJsonFault,
  type JsonPath,
  lineAt,
  offsetOfPath,
} from '../formats/json-text.js';
import { statOrdinaryFile } from '../formats/ordinary-file.js';

export interface RawRow {
  readonly value: unknown;
  /** The row's own text. */
  readonly text: () => string;
  /** 1-based. */
  readonly number: number;
  readonly line: number;
  /** Line of a value inside the row. */
  readonly lineOf: (path: JsonPath) => number;
}

export interface RawFile {
  readonly file: string;
  readonly rows: readonly RawRow[];
  /** Places where the text is not JSON; the rows around them are there. */
  readonly faults: readonly Finding[];
  readonly sha256: string;
}

/** A benchmark is a few megabytes; what is larger was meant for something else. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/** @throws FsaError DATA where there is no such file, or it is no UTF-8 text */
export async function readRawFile(
  path: string,
  parse: (path: string, text: string) => Pick<RawFile, 'rows' | 'faults'> = parseExamples,
): Promise<RawFile> {
  const bytes = await readWhole(path);
  const text = decodeUtf8(bytes, path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file: path, ...parse(path, text), sha256 };
}

/** JSON lines start with an object that ends on its own line; anything else is a list. */
function parseExamples(path: string, text: string): Pick<RawFile, 'rows' | 'faults'> {
  return looksLikeLines(text) ? rowsOfLines(path, text) : rowsOfArray(path, text);
}

/** Whatever does not begin as a list is JSON lines, of any values. */
export function parseLinesOrArray(path: string, text: string): Pick<RawFile, 'rows' | 'faults'> {
  return text.trim() !== '' && !text.trimStart().startsWith('[')
    ? rowsOfLines(path, text)
    : rowsOfArray(path, text);
}

async function readWhole(path: string): Promise<Uint8Array> {
  const { size } = await statOrdinaryFile(path);
  if (size <= LARGEST_BYTES) return await readFile(path);
  throw new FsaError('DATA', 'The file is far too large for a benchmark file.', {
    where: path,
    advice: 'A corpus belongs to `fsa distill`; a benchmark file holds a few thousand sentences.',
  });
}

function looksLikeLines(text: string): boolean {
  const first = /\S[^\n]*/.exec(text)?.[0];
  return first?.startsWith('{') === true && first.trimEnd() !== '{';
}

function rowsOfArray(file: string, text: string): Pick<RawFile, 'rows' | 'faults'> {
  const value = parseOrNull(text);
  if (!Array.isArray(value)) {
    const fault = findJsonFault(text);
    const message =
      text.trim() === ''
        ? 'the file is empty'
        : fault === null
          ? 'the file should hold a list of examples, or one example per line'
          : fault.message;
    const line = fault === null || text.trim() === '' ? 0 : lineAt(text, fault.offset);
    return { rows: [], faults: [jsonFinding(file, line, null, message)] };
  }
  const offsets = elementOffsets(text);
  let last = { offset: 0, line: 1 };
  const rows = value.map((element: unknown, index): RawRow => {
    const offset = offsets[index] ?? 0;
    const start = { offset, line: lineAt(text, offset, last) };
    last = start;
    return {
      value: element,
      text: () => text.slice(offset, endOfValue(text, offset)),
      number: index + 1,
      line: start.line,
      lineOf: (path) => lineAt(text, offsetOfPath(text, offset, path), start),
    };
  });
  const repeated = findRepeatedKey(text, value);
  if (repeated === null) return { rows, faults: [] };
  const row = offsets.findLastIndex((offset) => offset <= repeated.offset) + 1;
  const line = lineAt(text, repeated.offset);
  return { rows, faults: [repeatedFinding(file, line, row, repeatedKeyWords(repeated))] };
}

function rowsOfLines(file: string, text: string): Pick<RawFile, 'rows' | 'faults'> {
  const rows: RawRow[] = [];
  const faults: Finding[] = [];
  let number = 0;
  for (const [index, lineText] of text.split('\n').entries()) {
    if (lineText.trim() === '') continue;
    const line = index + 1;
    number++;
    const value = parseOrNull(lineText);
    const fault = value === null ? findJsonFault(lineText) : null;
    const repeated = fault === null ? findRepeatedKey(lineText, value) : null;
    if (repeated !== null) faults.push(repeatedFinding(file, line, number, repeatedKeyWords(repeated)));
    if (fault === null) rows.push({ value, text: () => lineText.trim(), number, line, lineOf: () => line });
    else faults.push(jsonFinding(file, line, number, fault.message));
  }
  return { rows, faults };
}

function jsonFinding(file: string, line: number, row: number | null, message: string): Finding {
  return { file, line, row, field: null, severity: 'error', kind: 'json', message: `not JSON: ${message}` };
}

function repeatedFinding(file: string, line: number, row: number, message: string): Finding {
  return { file, line, row, field: null, severity: 'error', kind: 'repeated-key', message };
}

function parseOrNull(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return null;
  }
}
