/** A file of predictions: a JSON array, JSON lines, plain lines where that is said, or annotated sentences. */
import { readFile } from 'node:fs/promises';
import { FsaError } from '../../errors.js';
import type { PredictionForm } from '../../tasks/given-tuples.js';
import type { TaskDefinition, Tuple } from '../../tasks/task.js';
import { decodeUtf8 } from '../formats/bytes.js';
import { errorOfFindings, type Finding } from '../formats/findings.js';
import { isObject, type Json, nameOf, own } from '../formats/json-values.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import type { TargetOrder } from '../../tasks/vocabulary.js';
import { findForeignForm } from '../importers/foreign-file.js';
import { firstObject } from '../importers/readers/jsonl.js';
import { openSource } from '../importers/source.js';
import { examplesOf } from './benchmark.js';
import { parseLinesOrArray, readRawFile } from './file.js';

/** The predicted text in run folders. */
const TEXT_KEY = 'text';
const PREDICTION_KEY = 'prediction';
const TUPLES_KEY = 'tuples';
/** What the model wrote, beside the tuples that were read from it. */
const RAW_KEY = 'raw';
const SENTENCE_KEY = 'sentence';
/** One of them makes an object a prediction. */
const PREDICTED_KEYS = [TEXT_KEY, PREDICTION_KEY, TUPLES_KEY];

export interface PredictionsOptions {
  /** Which elements a tuple has to have. */
  readonly task: TaskDefinition;
  /** Every line is a prediction as it stands; an empty one predicts nothing. */
  readonly plainLines?: boolean;
  /** How sentences in the benchmark's own form are written as the texts that say the same. */
  readonly annotated?: AnnotatedOptions;
}

export interface AnnotatedOptions {
  readonly polarities: readonly string[];
  readonly targetOrder: TargetOrder;
  /** Reads the sentences of a file that is annotated in another form. */
  readonly readForeign: (path: string) => Promise<readonly BenchmarkExample[]>;
}

export interface FoundPrediction {
  /** Null where the row has none. */
  readonly id: string | null;
  /** The sentence that the row is about; null where it does not say. */
  readonly sentence: string | null;
  readonly prediction: PredictionForm;
}

/**
 * The predictions in order, from strings, from objects with `text` or `prediction`, or from objects with `tuples`;
 * a row with more of them is read by its tuples (the text under `raw` where there is one), then by `prediction`.
 * @throws FsaError DATA with every problem of the file
 */
export async function readPredictions(
  path: string,
  { task, plainLines = false, annotated }: PredictionsOptions,
): Promise<FoundPrediction[]> {
  if (plainLines) return await readPlainLines(path);
  const asTargets = (examples: readonly BenchmarkExample[], order: TargetOrder): FoundPrediction[] =>
    examples.map((one) => ({
      id: one.id,
      sentence: one.sentence,
      prediction: task.targetText(one, order),
    }));
  if (annotated !== undefined && (await isAnnotatedOtherwise(path))) {
    return asTargets(await annotated.readForeign(path), annotated.targetOrder);
  }
  const raw = await readRawFile(path, parseLinesOrArray);
  if (annotated !== undefined && raw.rows.some(({ value }) => isAnnotated(value))) {
    const { examples } = examplesOf(raw, task.name, annotated.polarities);
    return asTargets(examples, annotated.targetOrder);
  }
  const findings: Finding[] = [...raw.faults];
  const found: FoundPrediction[] = [];
  for (const { value, line, number } of raw.rows) {
    const read = readRow(value, task);
    if ('fault' in read) {
      const { field, fault: message } = read;
      findings.push({ file: path, line, row: number, field, severity: 'error', kind: 'prediction', message });
    } else found.push(read);
  }
  if (findings.length > 0) throw withPlainLinesAdvice(errorOfFindings(path, findings), raw.rows.length);
  return found;
}

/**
 * Annotated sentences in another form. Many call the sentence `text`, as a prediction is called here: beside marks
 * that a reader of their form knows it is the sentence, save where the row has that under its own key.
 */
async function isAnnotatedOtherwise(path: string): Promise<boolean> {
  const { head } = await openSource(path, null);
  const first = firstObject(head);
  const has = (name: string): boolean => first !== null && Object.hasOwn(first, name);
  const isPrediction = [PREDICTION_KEY, TUPLES_KEY].some(has) || [TEXT_KEY, SENTENCE_KEY].every(has);
  return !isPrediction && findForeignForm(head) !== null;
}

/** A sentence with its tuples, as gold files and annotators have it. */
function isAnnotated(value: unknown): boolean {
  return (
    isObject(value) &&
    Array.isArray(own(value, 'aspects')) &&
    PREDICTED_KEYS.every((name) => own(value, name) === undefined)
  );
}

interface Fault {
  readonly field: string | null;
  readonly fault: string;
}

function readRow(value: unknown, task: TaskDefinition): FoundPrediction | Fault {
  if (typeof value === 'string') return { id: null, sentence: null, prediction: value };
  if (!isObject(value)) {
    return { field: null, fault: `a prediction is a string or an object with text, not ${nameOf(value)}` };
  }
  const id = readId(value);
  const key = predictionKeyOf(value);
  if (key === null) return { field: 'text', fault: 'text (or prediction, or tuples) is missing' };
  const given = own(value, key);
  // Beside a prediction under another key, `text` is the sentence.
  const sentence = [SENTENCE_KEY, TEXT_KEY].map((name) => (name === key ? null : own(value, name)));
  const named = { id, sentence: sentence.find((one) => typeof one === 'string') ?? null };
  if (key !== TUPLES_KEY) {
    if (typeof given === 'string') return { ...named, prediction: given };
    return { field: key, fault: `a prediction is a string or an object with text, not ${nameOf(given)}` };
  }
  if (!Array.isArray(given)) return { field: key, fault: `the tuples are a list, not ${nameOf(given)}` };
  const tuples: Tuple[] = [];
  for (const [index, tuple] of given.entries()) {
    const fault = faultOfTuple(tuple, task);
    if (fault !== null) return { field: `${key}[${index}]`, fault };
    tuples.push(pickElements(tuple as Json, task));
  }
  return { ...named, prediction: tuples };
}

/** Where a row holds its prediction: the rows that `fsa predict` writes have their sentence in `text`. */
function predictionKeyOf(value: Json): string | null {
  if (own(value, TUPLES_KEY) !== undefined) {
    return typeof own(value, RAW_KEY) === 'string' ? RAW_KEY : TUPLES_KEY;
  }
  return [PREDICTION_KEY, TEXT_KEY].find((name) => own(value, name) !== undefined) ?? null;
}

function readId(value: Json): string | null {
  const id = own(value, 'id') ?? own(value, 'ID');
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
}

/** What keeps a tuple from being read; one that is only wrong counts as a wrong prediction. */
function faultOfTuple(given: unknown, { elements, name }: TaskDefinition): string | null {
  if (!isObject(given)) return `a tuple is an object with ${elements.join(', ')}, not ${nameOf(given)}`;
  for (const element of elements) {
    const value = own(given, element);
    if (value === undefined) {
      return `the tuple has no ${element}: those of ${name} have ${elements.join(', ')} (null for an implicit one)`;
    }
    if (value !== null && typeof value !== 'string')
      return `${element} is a text or null, not ${nameOf(value)}`;
  }
  return null;
}

function pickElements(given: Json, { elements }: TaskDefinition): Tuple {
  return Object.fromEntries(elements.map((element) => [element, own(given, element) as string | null]));
}

async function readPlainLines(path: string): Promise<FoundPrediction[]> {
  const lines = decodeUtf8(await readFile(path), path).split(/\r?\n/);
  // A file ends with a line break, which begins no further prediction.
  if (lines.at(-1) === '') lines.pop();
  return lines.map((prediction) => ({ id: null, sentence: null, prediction }));
}

function withPlainLinesAdvice(error: FsaError, rows: number): FsaError {
  const { where, problems, code, message } = error;
  const advice =
    rows === 0
      ? 'Where each line is a prediction as plain text, add --plain-lines.'
      : 'Write a JSON array of strings, or JSON lines: strings, or objects with `text` or `tuples`.';
  return new FsaError(code, message, { ...(where === null ? {} : { where }), problems, advice });
}
