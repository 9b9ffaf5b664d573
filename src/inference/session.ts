/** An exported student in the decoding thread, as the rest of the program sees it. */
import { FsaError } from '../errors.js';
import type { GeneratedRow } from './decoder.js';
import { closedError, DecodingThread } from './decoding-thread.js';
import { requireOnnx } from './onnx-folder.js';

export interface ExportSettings {
  readonly folder: string;
  /** Threads of one operation in the graph. */
  readonly threads: number;
}

export interface GenerateOptions {
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRows?: ((done: number) => void) | undefined;
}

let opened = 0;

/** Calls are answered one after the other, in the order in which they came. */
export class LoadedExport {
  readonly #stops = new Set<Int32Array>();
  #closed: Promise<void> | null = null;

  private constructor(
    private readonly thread: DecodingThread,
    private readonly model: number,
    private readonly folder: string,
  ) {}

  /**
   * Loads the student, into the thread of this process.
   * @throws FsaError CONFIG where the folder is no exported student of this version, or a package is missing
   */
  static async open({ folder, threads }: ExportSettings): Promise<LoadedExport> {
    // Begins while the folder is checked; checking in there would load there what this thread has loaded.
    const thread = DecodingThread.join();
    opened += 1;
    const model = opened;
    try {
      const { onnx, maxInputTokens, maxGeneratedTokens } = await requireOnnx(folder);
      const graphs = { ...onnx, maxGeneratedTokens };
      const tokens = { maxInputTokens, truncationSide: onnx.truncationSide };
      const options = { folder, threads, graphs, tokens, alone: onnx.precision === 'int8' };
      await thread.ask({ type: 'open', model, options }, folder);
      return new LoadedExport(thread, model, folder);
    } catch (error) {
      await thread.leave();
      throw error;
    }
  }

  /**
   * What the model writes for each text, in their order.
   * @throws FsaError CANCELLED where the signal is aborted or the model closed meanwhile
   */
  async generate(
    texts: readonly string[],
    { batchSize, signal, onRows }: GenerateOptions,
  ): Promise<readonly GeneratedRow[]> {
    if (this.#closed !== null) throw closedError();
    if (signal?.aborted === true) throw stoppedError(signal);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const raise = (): void => void Atomics.store(stop, 0, 1);
    signal?.addEventListener('abort', raise, { once: true });
    this.#stops.add(stop);
    try {
      const work = { texts, batchSize, stop };
      const rows = await this.thread.ask({ type: 'generate', model: this.model, work }, this.folder, onRows);
      if (rows === 'stopped') throw stoppedError(signal);
      return rows;
    } finally {
      this.#stops.delete(stop);
      signal?.removeEventListener('abort', raise);
    }
  }

  /** Ends what is under way, and the thread with the last student in it. May be called twice. */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    for (const stop of this.#stops) Atomics.store(stop, 0, 1);
    const released = this.thread.ask({ type: 'close', model: this.model }, this.folder);
    // Whoever ends the thread meanwhile has freed this student, too.
    released.catch(() => undefined);
    await this.thread.leave();
    await released.catch(() => undefined);
  }
}

function stoppedError(signal: AbortSignal | undefined): FsaError {
  if (signal?.aborted !== true) return closedError();
  return new FsaError('CANCELLED', 'The prediction was cancelled.', { cause: signal.reason });
}
