/** An exported student in a thread of its own, as the rest of the program sees it. */
import { Worker } from 'node:worker_threads';
import { FsaError, type ErrorCode } from '../errors.js';
import type { GeneratedRow } from './decoder.js';
import type { GenerateCall, PlainError, ThreadMessage, ThreadSettings } from './thread-messages.js';

export interface GenerateOptions {
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRows?: ((done: number) => void) | undefined;
}

/** Calls are answered one after the other, in the order in which they came. */
export class InferenceThread {
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(
    private readonly worker: Worker,
    private readonly ended: Promise<never>,
  ) {}

  /** Starts the thread and loads the student. @throws FsaError CONFIG */
  static async open(settings: ThreadSettings): Promise<InferenceThread> {
    const worker = new Worker(new URL('./thread.js', import.meta.url), {
      workerData: settings,
      name: 'fsa-inference',
    });
    const ended = new Promise<never>((_, reject) => {
      worker.once('error', (error) => reject(threadError(error, settings.folder)));
      worker.once('exit', () => reject(new FsaError('CANCELLED', 'The model was closed.')));
    });
    ended.catch(() => undefined);
    try {
      await Promise.race([nextOf(worker, settings.folder, ['ready']), ended]);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    // An idle model keeps no process alive.
    worker.unref();
    return new InferenceThread(worker, ended);
  }

  /**
   * What the model writes for each text, in their order.
   * @throws FsaError CANCELLED where the signal is aborted or the model closed meanwhile
   */
  async generate(texts: readonly string[], options: GenerateOptions): Promise<readonly GeneratedRow[]> {
    const answer = this.#turn.then(() => this.#generate(texts, options));
    this.#turn = answer.catch(() => undefined);
    return await answer;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.worker.terminate();
  }

  async #generate(
    texts: readonly string[],
    { batchSize, signal, onRows }: GenerateOptions,
  ): Promise<readonly GeneratedRow[]> {
    if (this.#closed) throw new FsaError('CANCELLED', 'The model was closed.');
    if (signal?.aborted === true) throw stoppedError(signal);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const onAbort = (): void => void Atomics.store(stop, 0, 1);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.worker.ref();
    try {
      const call: GenerateCall = { texts, batchSize, stop };
      const answer = nextOf(this.worker, 'the model', ['rows', 'stopped'], onRows);
      this.worker.postMessage(call);
      const message = await Promise.race([answer, this.ended]);
      if (message.type === 'rows') return message.rows;
      throw stoppedError(signal);
    } finally {
      this.worker.unref();
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** The thread's next message of one of these types; its failure as an error. */
async function nextOf<Type extends ThreadMessage['type']>(
  worker: Worker,
  where: string,
  types: readonly Type[],
  onRows?: (done: number) => void,
): Promise<Extract<ThreadMessage, { type: Type }>> {
  return await new Promise((resolve, reject) => {
    const onMessage = (message: ThreadMessage): void => {
      if (message.type === 'progress') {
        onRows?.(message.done);
        return;
      }
      worker.off('message', onMessage);
      if (message.type === 'failed') reject(fromPlain(message.error, where));
      else if ((types as readonly string[]).includes(message.type))
        resolve(message as Extract<ThreadMessage, { type: Type }>);
    };
    worker.on('message', onMessage);
  });
}

function fromPlain({ code, message, where, advice, stack }: PlainError, folder: string): FsaError {
  const cause = Object.assign(new Error(message), stack === null ? {} : { stack });
  if (code === null) return threadError(cause, folder);
  return new FsaError(code as ErrorCode, message, {
    ...(where === null ? {} : { where }),
    ...(advice === null ? {} : { advice }),
    cause,
  });
}

function threadError(cause: unknown, where: string): FsaError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FsaError('CONFIG', `The exported student cannot be run: ${message.split('\n')[0] ?? ''}.`, {
    where,
    advice: 'Export it again; if that does not help, use --backend torch.',
    cause,
  });
}

function stoppedError(signal: AbortSignal | undefined): FsaError {
  return new FsaError('CANCELLED', 'The prediction was cancelled.', { cause: signal?.reason });
}
