/** `fsa predict`: a student's tuples for every sentence of a file or stream, in order and with flat memory. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FsaError, messageOf, toFsaError } from '../../errors.js';
import type { Work } from '../run/run-handle.js';
import { readingEvents } from '../run/data-progress.js';
import { TextWriter } from '../../data/formats/text-writer.js';
import { loadModel, type LoadModelOptions, type ModelInfo, type Prediction } from './load-model.js';
import type { InputText } from './input-text.js';
import { openInput, readTexts, type InputFormat } from './read-texts.js';

/** Sentences handed to the model at once: enough to sort by length, few enough to answer soon. */
const SENTENCES_AT_ONCE = 256;

export interface PredictOptions extends Omit<LoadModelOptions, 'signal'> {
  /** A folder, a run, an export, or a hub id. */
  readonly model: string;
  /** A file of sentences; `-`, the default, reads `stdin`. */
  readonly input?: string;
  readonly inputFormat?: InputFormat;
  /** What `-` means: bytes in UTF-8. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** A file of JSON lines that appears once all is predicted. */
  readonly output?: string;
  /** Called for each sentence in order; nothing is predicted ahead while it is waited for. */
  readonly onPrediction?: (record: PredictionRecord) => void | Promise<void>;
}

/** One sentence and what was predicted for it; a line of `--output` and of `--json`. */
export interface PredictionRecord extends Omit<Prediction, 'text'> {
  readonly type: 'prediction';
  /** From 0, over all sentences. */
  readonly index: number;
  /** That of the sentence in a table or in JSON lines, where it has one. */
  readonly id?: string | number;
  /** The sentence. */
  readonly text: string;
  /** The model's own text. */
  readonly raw: string;
}

export interface PredictResult {
  readonly model: ModelInfo;
  readonly sentences: number;
  /** Sentences whose text holds a piece that is no tuple. */
  readonly malformed: number;
  readonly truncated: number;
  readonly seconds: number;
  readonly sentencesPerSecond: number;
  /** The file that was written; null where there is none. */
  readonly output: string | null;
}

/**
 * Predicts every sentence of an input.
 * @throws FsaError CONFIG about the model, DATA about a sentence with file and line; nothing is left half-written
 */
export async function predict(options: PredictOptions, { emit, signal }: Work): Promise<PredictResult> {
  const cwd = options.cwd ?? process.cwd();
  const path = options.input ?? '-';
  const output = options.output === undefined ? null : resolve(cwd, options.output);
  if (path !== '-' && output !== null) await refuseSameFile(resolve(cwd, path), output);
  const totals = { sentences: 0, malformed: 0, truncated: 0, bytes: 0 };
  const tell = readingEvents('predicting', emit);
  const input = await openInput(path === '-' ? path : resolve(cwd, path), options.stdin ?? nothing(), {
    format: options.inputFormat,
    signal,
    onBytes: (bytesRead) => void (totals.bytes = bytesRead),
  });
  await using model = await loadModel(options.model, { ...options, cwd, signal }, emit);
  const startedMs = performance.now();
  const writer = output === null ? null : await TextWriter.create(output);
  try {
    for await (const texts of inBatches(readTexts(input), SENTENCES_AT_ONCE)) {
      if (signal.aborted)
        throw new FsaError('CANCELLED', 'The prediction was cancelled.', { cause: signal.reason });
      const sentences = texts.map(({ text }) => text);
      const predictions = await model.predict(sentences, { signal, raw: true });
      for (const [at, prediction] of predictions.entries()) {
        const record = toRecord(totals.sentences, texts[at], prediction);
        totals.sentences += 1;
        if (prediction.malformed > 0) totals.malformed += 1;
        if (prediction.truncated) totals.truncated += 1;
        await writer?.write(`${JSON.stringify(record)}\n`);
        if (options.onPrediction !== undefined) await hand(record, options.onPrediction);
      }
      if (input.bytes !== null)
        tell({ rows: totals.sentences, bytesDone: totals.bytes, bytesTotal: input.bytes });
    }
    await writer?.finish();
  } catch (error) {
    await writer?.discard();
    throw error;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const { sentences, malformed, truncated } = totals;
  const sentencesPerSecond = sentences / Math.max(seconds, 1e-9);
  return { model: model.info, sentences, malformed, truncated, seconds, sentencesPerSecond, output };
}

/** What the caller's own function throws is neither a bug of this package nor to be reported. */
async function hand(
  record: PredictionRecord,
  onPrediction: NonNullable<PredictOptions['onPrediction']>,
): Promise<void> {
  try {
    await onPrediction(record);
  } catch (thrown) {
    const error = toFsaError(thrown);
    if (error.code !== 'BUG') throw error;
    throw new FsaError('USAGE', `onPrediction failed at sentence ${record.index}: ${messageOf(thrown)}`, {
      advice: 'The predictions before it were handed over; the error itself is the cause.',
      cause: thrown,
    });
  }
}

/** The predictions would come in the place of the sentences. */
async function refuseSameFile(input: string, output: string): Promise<void> {
  const [read, written] = await Promise.all(
    [input, output].map(async (path) => await stat(path).catch(() => null)),
  );
  if (read == null || written == null || read.ino !== written.ino || read.dev !== written.dev) return;
  throw new FsaError('USAGE', 'The output is the input: its sentences would be lost.', {
    where: output,
    advice: 'Name another file with --output.',
  });
}

function toRecord(
  index: number,
  input: InputText | undefined,
  { text, ...prediction }: Prediction,
): PredictionRecord {
  const id = input?.id === undefined ? {} : { id: input.id };
  return { type: 'prediction', index, ...id, text: input?.text ?? '', ...prediction, raw: text ?? '' };
}

/** Pieces of any size as lists of `size`; the last may be shorter. */
async function* inBatches(pieces: AsyncIterable<InputText[]>, size: number): AsyncGenerator<InputText[]> {
  let waiting: InputText[] = [];
  for await (const piece of pieces) {
    waiting = waiting.length === 0 ? piece : [...waiting, ...piece];
    let start = 0;
    for (; waiting.length - start >= size; start += size) yield waiting.slice(start, start + size);
    waiting = waiting.slice(start);
  }
  if (waiting.length > 0) yield waiting;
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // No input was given.
}
