/** The sentences of an input, some at a time, with flat memory. */
import { delimiterOf, headerOf } from '../../data/formats/table.js';
import { extname } from 'node:path';
import { stat } from 'node:fs/promises';
import { FsaError } from '../../errors.js';
import { encodingFault, notText, zeroByte } from '../../data/formats/bytes.js';
import { formOf } from '../../data/formats/file-format.js';
import { findRepeatedKey, repeatedKeyWords } from '../../data/formats/repeated-keys.js';
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
  if (path === '-')
    return await peekFormat({ name: 'standard input', pieces: stdin, bytes: null }, format ?? null);
  const form = await formOf(path);
  if (form === 'parquet') {
    throw new FsaError('DATA', 'Sentences are read from text, JSON lines and CSV, not from Parquet.', {
      where: path,
      advice: 'Write the column of sentences as JSON lines.',
    });
  }
  const pieces = unpackFile(path, form, { signal, onBytes });
  const bytes = (await stat(path)).size;
  return await peekFormat({ name: path, pieces, bytes }, format ?? formatOf(path));
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

/** Of an input without a line that long its beginning says enough. */
const PROBE_BYTES = 256 * 1024;

/**
 * What the first line that is not blank says, where no name does.
 * @throws FsaError DATA where the bytes cannot be text, or hold all sentences in one line
 */
async function peekFormat(input: Omit<TextInput, 'format'>, known: InputFormat | null): Promise<TextInput> {
  const iterator = input.pieces[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let start = Buffer.alloc(0);
  while (start.length < PROBE_BYTES && !textOf(start).trimStart().includes('\n')) {
    const next = await iterator.next();
    if (next.done === true) break;
    begun.push(next.value);
    start = Buffer.concat(begun);
  }
  const fault = encodingFault(start);
  if (fault !== null) throw notText(input.name, fault);
  const pieces = (async function* () {
    yield* begun;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  })();
  const text = textOf(start);
  const format = known ?? formOfText(text, input.name);
  if (format === 'text' && /\r./.test(text) && !text.includes('\n')) {
    throw new FsaError('DATA', 'The lines end in CR alone: all of them would be one sentence.', {
      where: input.name,
      advice: "Write line feeds instead (tr '\\r' '\\n') and try again.",
    });
  }
  return { ...input, pieces, format };
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\uFEFF/, '');

function formOfText(start: string, name: string): InputFormat {
  const [line = ''] = /\S[^\n]*/.exec(start) ?? [];
  if (namesTextColumn(line)) return 'csv';
  if (/^[{"]/.test(line)) return 'jsonl';
  if (/^\s*\[\s*(?:[{"\]]|$)/.test(start)) {
    throw new FsaError('DATA', 'The input is one JSON array, not a sentence a line.', {
      where: name,
      advice:
        'Write a line for each of its values (jq -c .[] FILE); plain sentences need --input-format text.',
    });
  }
  return 'text';
}

/** Whether a line is a table's header with more columns than one: short names, among them that of the sentences. */
function namesTextColumn(line: string): boolean {
  const names = headerOf(line, delimiterOf(line)).map((name) => name.toLowerCase());
  return (
    names.length > 1 &&
    names.every((one) => /^[\p{L}\p{N}_.-]*$/u.test(one)) &&
    TEXT_KEYS.some((key) => names.includes(key))
  );
}

function textOfLine({ text, number }: Line, name: string): string {
  if (text?.includes('\0') === true) throw zeroByte(name, number);
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
  const json = textOfLine(line, name);
  let value: unknown;
  try {
    value = parseExactJson(json);
  } catch (cause) {
    throw new FsaError('DATA', 'The line is not JSON.', {
      where,
      advice:
        'Each line should be a string or an object with `text`; plain sentences need --input-format text.',
      cause,
    });
  }
  const repeated = findRepeatedKey(json, value);
  if (repeated !== null) {
    throw new FsaError('DATA', `On this line ${repeatedKeyWords(repeated)}.`, {
      where,
      advice: 'Take one of them out.',
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
  // As in tables, and as the benchmark's own files spell it.
  const id = object['id'] ?? object['ID'];
  return typeof id === 'string' || typeof id === 'number' ? { text, id } : { text };
}
