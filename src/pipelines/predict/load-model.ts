/// <reference lib="esnext.disposable" preserve="true" />
/** `loadModel`: a student in memory, to be asked again and again. */
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { GeneratedRow } from '../../inference/decoder.js';
import type { Precision } from '../../inference/student-file.js';
import type { ElementName, TaskName } from '../../tasks/vocabulary.js';
import { resolveStudent, type Student } from '../sources/student.js';
import type { Engine } from './engine.js';
import { readTuples, type PredictedTuple } from './read-tuples.js';

export type { PredictedTuple } from './read-tuples.js';

export const BACKENDS = ['auto', 'onnx', 'torch'] as const;
/** `auto`: ONNX where the folder is an export, else the Python runtime. */
export type Backend = (typeof BACKENDS)[number];

export interface LoadModelOptions {
  readonly backend?: Backend;
  /** The task the student must have, or has where its folder does not say. */
  readonly task?: TaskName;
  /** Any model will do: predictions are its text alone. */
  readonly raw?: boolean;
  /** CPU threads; all of them unless said otherwise. */
  readonly threads?: number;
  /** Of the Python runtime. */
  readonly device?: 'auto' | 'cpu' | 'cuda';
  /** Folder that relative paths start from; the working folder unless said otherwise. */
  readonly cwd?: string;
  /** Aborting it stops the loading and closes the model. */
  readonly signal?: AbortSignal;
}

export interface ModelInfo {
  /** `raw` where the model was loaded for its text alone. */
  readonly task: TaskName | 'raw';
  readonly elements: readonly ElementName[];
  readonly polarities: readonly string[];
  /** SHA-256 over the files that decide what the model computes; an export has its student's. */
  readonly digest: string;
  readonly maxInputTokens: number;
  readonly maxGeneratedTokens: number;
  readonly backend: 'onnx' | 'torch';
  /** Of the weights; an export in `int8` is decoded text by text. */
  readonly precision: Precision;
}

export interface Prediction {
  readonly tuples: readonly PredictedTuple[];
  /** Pieces of the model's text that are no tuple. */
  readonly malformed: number;
  /** The text was longer than the model reads, or the answer longer than it may write. */
  readonly truncated: boolean;
  /** The model's own text; where `raw` asks for it. */
  readonly text?: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface PredictTextsOptions {
  readonly signal?: AbortSignal;
  /** Adds the model's own text to each prediction. */
  readonly raw?: boolean;
}

export interface Model {
  readonly info: ModelInfo;
  /**
   * One prediction per text, in their order. Calls may overlap; they are answered one after the other.
   * @throws FsaError CANCELLED, WORKER_LOST, JOB_FAILED
   */
  predict(texts: readonly string[], options?: PredictTextsOptions): Promise<Prediction[]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Loads a student.
 * @param path a folder, a run of `fsa finetune`, an export, or a hub id
 * @param emit called for what the Python worker says on the way
 * @throws FsaError CONFIG where there is no such student or a package is missing, RUNTIME without Python, CANCELLED
 */
export async function loadModel(
  path: string,
  options: LoadModelOptions = {},
  emit: Emit = () => undefined,
): Promise<Model> {
  const { signal } = options;
  if (signal?.aborted === true)
    throw new FsaError('CANCELLED', 'The loading was cancelled.', { cause: signal.reason });
  const student = await resolveStudent(path, options.cwd ?? process.cwd(), options);
  const engine = await openEngine(student, options, emit);
  const calls = new OpenCalls();
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    calls.end();
    await engine.close();
  };
  const onAbort = (): void => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  const { task, elements, polarities, maxInputTokens, maxGeneratedTokens } = student;
  const { digest, backend } = engine;
  const limits = { maxInputTokens, maxGeneratedTokens };
  const precision = student.file?.onnx?.precision ?? 'fp32';
  return {
    info: { task: task ?? 'raw', elements, polarities, digest, ...limits, backend, precision },
    predict: async (texts, call = {}) => {
      requireCall(texts, call);
      const read = texts.map((text, index) => prepareText(text, index, student));
      const rows =
        texts.length === 0
          ? []
          : await calls.follow(
              call.signal,
              async (ending) => await engine.generate(read, { signal: ending }),
            );
      const withText = call.raw === true || task === null;
      return rows.map((row, index) => toPrediction(student, texts[index] ?? '', row, withText));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The calls of one model under way: they end with it, though others may go on with its engine. */
class OpenCalls {
  readonly #under = new Set<AbortController>();
  #closed = false;

  async follow<T>(signal: AbortSignal | undefined, work: (ending: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed) throw new FsaError('CANCELLED', 'The model was closed.');
    const own = new AbortController();
    const onAbort = (): void => own.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#under.add(own);
    try {
      return await work(own.signal);
    } finally {
      this.#under.delete(own);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  end(): void {
    this.#closed = true;
    for (const call of this.#under) call.abort(new Error('The model was closed.'));
  }
}

async function openEngine(student: Student, options: LoadModelOptions, emit: Emit): Promise<Engine> {
  const { folder, form } = student;
  const { backend = 'auto', threads = null, device = 'auto', signal } = options;
  if (backend === 'onnx' && form !== 'onnx') {
    throw new FsaError('CONFIG', 'The model is no export, which the ONNX backend needs.', {
      where: folder,
      advice: 'Run `fsa export --model … --format onnx --output FOLDER` and name that folder.',
    });
  }
  if (backend === 'torch' && form === 'onnx') {
    throw new FsaError('CONFIG', 'The folder is an export for ONNX, which the torch backend cannot read.', {
      where: folder,
      advice: 'Leave out --backend, or name the student that it was made from.',
    });
  }
  if (form === 'onnx')
    return await (await import('./onnx-engine.js')).openOnnxEngine(student, threads, signal);
  const { openTorchEngine } = await import('./torch-engine.js');
  return await openTorchEngine(student, { threads, device, emit, signal });
}

/** What callers without a compiler can get wrong; each text is judged where it is read. */
function requireCall(texts: unknown, call: unknown): void {
  const options = typeof call === 'object' ? (call as Record<string, unknown> | null) : null;
  const signal = options?.['signal'];
  const isRight =
    Array.isArray(texts) && options !== null && (signal === undefined || signal instanceof AbortSignal);
  if (isRight) return;
  throw new FsaError('USAGE', 'The arguments of predict are wrong.', {
    advice: 'predict takes an array of strings, then { signal?: AbortSignal, raw?: boolean }.',
  });
}

/** What the model reads: halves of characters cannot be written in UTF-8 and count as unknown. */
function prepareText(text: unknown, index: number, { lineBreakToken }: Student): string {
  if (typeof text !== 'string') {
    throw new FsaError('USAGE', `Text ${index + 1} of ${typeof text} is no string.`, {
      advice: 'predict takes an array of strings.',
    });
  }
  const whole = text.replace(LONE_SURROGATE, '\uFFFD');
  return lineBreakToken === null ? whole : whole.replaceAll('\n', lineBreakToken);
}

const LONE_SURROGATE = /[\uD800-\uDFFF]/gu;

function toPrediction(student: Student, sentence: string, row: GeneratedRow, withText: boolean): Prediction {
  const { task, lineBreakToken, polarities } = student;
  const text = lineBreakToken === null ? row.text : row.text.replaceAll(lineBreakToken, '\n');
  const none = { tuples: [], malformed: 0 };
  return {
    ...(task === null ? none : readTuples(task, text, sentence, polarities)),
    truncated: row.cutInput || row.cutOutput,
    ...(withText ? { text } : {}),
    inputTokens: row.inputTokens,
    outputTokens: row.tokens.length,
  };
}
