/** A file of predictions: a JSON array, JSON lines, or plain lines where that is said. */
import { readFile } from 'node:fs/promises';
import { FsaError } from '../../errors.js';
import { decodeUtf8 } from '../formats/bytes.js';
import { errorOfFindings, type Finding } from '../formats/findings.js';
import { isObject, nameOf, own } from '../formats/json-values.js';
import { parseLinesOrArray, readRawFile } from './file.js';

/** Keys of the predicted text, the one of run folders first. */
const TEXT_KEYS = ['text', 'prediction'];

export interface PredictionsOptions {
  /** Every line is a prediction as it stands; an empty one predicts nothing. */
  readonly plainLines?: boolean;
}

/**
 * The predicted texts in order, from strings or from objects with `text` or `prediction`.
 * @throws FsaError DATA with every problem of the file
 */
export async function readPredictions(
  path: string,
  { plainLines = false }: PredictionsOptions = {},
): Promise<string[]> {
  if (plainLines) return await readPlainLines(path);
  const raw = await readRawFile(path, parseLinesOrArray);
  const findings: Finding[] = [...raw.faults];
  const texts: string[] = [];
  for (const { value, line, number } of raw.rows) {
    const key = isObject(value) ? TEXT_KEYS.find((name) => own(value, name) !== undefined) : undefined;
    const text = isObject(value) ? (key === undefined ? undefined : own(value, key)) : value;
    if (typeof text === 'string') {
      texts.push(text);
      continue;
    }
    const message =
      isObject(value) && text === undefined
        ? 'text (or prediction) is missing'
        : `a prediction is a string or an object with text, not ${nameOf(text)}`;
    const field = isObject(value) ? (key ?? 'text') : null;
    findings.push({ file: path, line, row: number, field, severity: 'error', kind: 'prediction', message });
  }
  if (findings.length > 0) throw withPlainLinesAdvice(errorOfFindings(path, findings), raw.rows.length);
  return texts;
}

async function readPlainLines(path: string): Promise<string[]> {
  const lines = decodeUtf8(await readFile(path), path).split(/\r?\n/);
  // A file ends with a line break, which begins no further prediction.
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function withPlainLinesAdvice(error: FsaError, rows: number): FsaError {
  const { where, problems, code, message } = error;
  const advice =
    rows === 0
      ? 'Where each line is a prediction as plain text, add --plain-lines.'
      : 'Write a JSON array of strings, or JSON lines: strings, or objects with `text`.';
  return new FsaError(code, message, { ...(where === null ? {} : { where }), problems, advice });
}
