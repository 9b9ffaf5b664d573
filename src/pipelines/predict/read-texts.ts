/** The sentences of an input, some at a time, with flat memory. */
import { extname } from 'node:path';
import { stat } from 'node:fs/promises';
import { FsaError } from '../../errors.js';
import { formOf } from '../../data/formats/file-format.js';
import { parseExactJson } from '../../data/formats/exact-json.js';
import { splitLines, type Line } from '../../data/formats/lines.js';
import { unpackFile } from '../../data/formats/unpack.js';
import { TEXT_KEYS, type InputText } from './input-text.js';
import { readTable } from './read-table.js';

export const INPUT_FORMATS = ['text', 'jsonl', 'csv'] as const;
/** `text`: a sentence a line; `jsonl`: strings or objects with `text`; `csv`: a table with a column `text`. */
export type InputFormat = (typeof INPUT_FORMATS)[number];

export interface TextInput {
  /** For messages. */
  readonly name: string;
  readonly format: InputFormat;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Null where it is not known how much will come. */
  readonly bytes: number | null;
}

export interface OpenInputOptions {
  readonly format?: InputFormat | undefined;
  readonly signal: AbortSignal;
  readonly onBytes: (bytesRead: number) => void;
}

/**
 * A file, or `-` for what comes on standard input.
 * @throws FsaError DATA where there is no such file, or it is not text
 */
export async function openInput(
  path: string,
  stdin: AsyncIterable<Uint8Array>,
  { format, signal, onBytes }: OpenInputOptions,
): Promise<TextInput> {
  if (path === '-') return await peekFormat({ name: 'standard input', pieces: stdin, bytes: null }, format);
  const form = await formOf(path);
  if (form === 'parquet') {
    throw new FsaError('DATA', 'Sentences are read from text, JSON lines and CSV, not from Parquet.', {
      where: path,
      advice: 'Write the column of sentences as JSON lines.',
    });
  }
  const pieces = unpackFile(path, form, { signal, onBytes });
  const bytes = (await stat(path)).size;
  const byName = format ?? formatOf(path);
  if (byName !== null) return { name: path, format: byName, pieces, bytes };
  return await peekFormat({ name: path, pieces, bytes }, undefined);
}

/** @throws FsaError DATA naming file and line of what is no sentence */
export async function* readTexts({ name, format, pieces }: TextInput): AsyncGenerator<InputText[]> {
  if (format === 'csv') {
    yield* readTable(pieces, name);
    return;
  }
  const read = format === 'jsonl' ? rowOfJson : rowOfLine;
  for await (const lines of splitLines(pieces, name)) {
    yield lines.map((line) => ({ ...read(line, name), line: line.number }));
  }
}

function formatOf(path: string): InputFormat | null {
  const extension = extname(path.replace(/\.(gz|zst)$/i, '')).toLowerCase();
  if (extension === '.jsonl' || extension === '.ndjson') return 'jsonl';
  if (extension === '.csv' || extension === '.tsv') return 'csv';
  return extension === '.txt' ? 'text' : null;
}

/** What the first character says: a brace or a quote begins JSON lines. */
async function peekFormat(
  input: Omit<TextInput, 'format'>,
  format: InputFormat | undefined,
): Promise<TextInput> {
  if (format !== undefined) return { ...input, format };
  const iterator = input.pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  const start = first.done === true ? '' : Buffer.from(first.value.subarray(0, 256)).toString('utf8');
  const pieces = (async function* () {
    if (first.done !== true) yield first.value;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  })();
  return { ...input, pieces, format: /^\uFEFF?\s*[{"]/.test(start) ? 'jsonl' : 'text' };
}

function textOfLine({ text, number }: Line, name: string): string {
  if (text !== null) return text;
  throw new FsaError('DATA', 'The line is not UTF-8.', {
    where: `${name}:${number}`,
    advice: 'Save the file as UTF-8 (for example with iconv -f latin1 -t utf-8) and try again.',
  });
}

type Row = Omit<InputText, 'line'>;

function rowOfLine(line: Line, name: string): Row {
  return { text: textOfLine(line, name) };
}

function rowOfJson(line: Line, name: string): Row {
  const where = `${name}:${line.number}`;
  let value: unknown;
  try {
    value = parseExactJson(textOfLine(line, name));
  } catch (cause) {
    throw new FsaError('DATA', 'The line is not JSON.', {
      where,
      advice:
        'Each line should be a string or an object with `text`; plain sentences need --input-format text.',
      cause,
    });
  }
  const row = typeof value === 'string' ? { text: value } : rowOfObject(value);
  if (row !== null) return row;
  throw new FsaError('DATA', 'The line has no sentence: `text` is missing or is no string.', {
    where,
    advice: 'Each line should be a string or an object with `text`.',
  });
}

function rowOfObject(value: unknown): Row | null {
  if (typeof value !== 'object' || value === null) return null;
  const object = value as Record<string, unknown>;
  const text = TEXT_KEYS.map((key) => object[key]).find((found) => typeof found === 'string');
  if (text === undefined) return null;
  const { id } = object;
  return typeof id === 'string' || typeof id === 'number' ? { text, id } : { text };
}
