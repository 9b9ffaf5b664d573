/** The one thread of this process in which exported students decode; it begins with the first and ends with the last. */
import { Worker } from 'node:worker_threads';
import { ownProgram } from '../config/package-folder.js';
import { type ErrorCode, FsaError, messageOf } from '../errors.js';
import type { DecoderOptions, GeneratedRow } from './decoder.js';
import type { GenerateWork, PlainError, ThreadAnswer } from './thread-messages.js';

/** A request before it has its number. */
export type Asked =
  | { readonly type: 'open'; readonly model: number; readonly options: DecoderOptions }
  | { readonly type: 'generate'; readonly model: number; readonly work: GenerateWork }
  | { readonly type: 'close'; readonly model: number };

/** `stopped`: by the word of shared memory that came with the call. */
export type Answered = readonly GeneratedRow[] | 'stopped';

interface Waiting {
  readonly where: string;
  /** The word that ends the call; null for one that is short. */
  readonly stop: Int32Array | null;
  readonly onRows: ((done: number) => void) | undefined;
  readonly settle: (outcome: Answered | Error) => void;
}

let current: DecodingThread | null = null;

/** The end of the process waits no longer than this for a token or a model that loads. */
const LONGEST_STEP_MS = 10_000;

export class DecodingThread {
  #turn: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #users = 0;
  #ended: Error | null = null;
  readonly #waiting = new Map<number, Waiting>();
  readonly #worker: Worker;
  /** One 32-bit word of shared memory: 1 while a call is under way. */
  readonly #busy = new Int32Array(new SharedArrayBuffer(4));
  readonly #onExit = (): void => this.#waitUntilIdle();

  private constructor() {
    const options = { name: 'fsa-inference', execArgv: [], workerData: this.#busy };
    process.once('exit', this.#onExit);
    this.#worker = new Worker(ownProgram('inference/thread'), options);
    this.#worker.on('message', (answer: ThreadAnswer) => this.#receive(answer));
    this.#worker.once('error', (error) => this.#end(brokenError(error, 'the decoding thread')));
    this.#worker.once('exit', () => this.#end(closedError()));
    // A thread without work keeps no process alive.
    this.#worker.unref();
  }

  /** The thread, for one more user, who says `leave` in the end. */
  static join(): DecodingThread {
    current ??= new DecodingThread();
    current.#users += 1;
    return current;
  }

  /** The last one to leave ends the thread, once the call under way has ended: whoever leaves has stopped his own. */
  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    if (current === this) current = null;
    await this.#turn;
    await this.#worker.terminate();
  }

  /** A thread that ends inside onnxruntime takes the process with it (SIGABRT): its call is ended first, before its next token. */
  #waitUntilIdle(): void {
    for (const { stop } of this.#waiting.values()) if (stop !== null) Atomics.store(stop, 0, 1);
    Atomics.wait(this.#busy, 0, 1, LONGEST_STEP_MS);
  }

  /**
   * Answers come in the order of the questions: one call has all the processors that it was given.
   * @param where named by errors
   * @throws FsaError CONFIG where the student cannot be run, CANCELLED where the thread has ended
   */
  async ask(asked: Asked, where: string, onRows?: (done: number) => void): Promise<Answered> {
    const answer = this.#turn.then(async () => await this.#ask(asked, where, onRows));
    this.#turn = answer.catch(() => undefined);
    return await answer;
  }

  async #ask(asked: Asked, where: string, onRows: Waiting['onRows']): Promise<Answered> {
    if (this.#ended !== null) throw this.#ended;
    this.#calls += 1;
    const call = this.#calls;
    this.#worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        const settle = (outcome: Answered | Error): void =>
          outcome instanceof Error ? reject(outcome) : resolve(outcome);
        const stop = asked.type === 'generate' ? asked.work.stop : null;
        this.#waiting.set(call, { where, stop, onRows, settle });
        Atomics.store(this.#busy, 0, 1);
        this.#worker.postMessage({ ...asked, call });
      });
    } finally {
      this.#waiting.delete(call);
      this.#worker.unref();
    }
  }

  #receive(answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.call);
    if (answer.type === 'progress') waiting?.onRows?.(answer.done);
    else if (answer.type === 'failed') waiting?.settle(fromPlain(answer.error, waiting.where));
    else waiting?.settle(answer.type === 'stopped' ? 'stopped' : answer.rows);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    process.off('exit', this.#onExit);
    if (current === this) current = null;
    for (const { settle } of this.#waiting.values()) settle(this.#ended);
  }
}

export function closedError(): FsaError {
  return new FsaError('CANCELLED', 'The model was closed.');
}

function fromPlain({ code, message, where, advice, stack }: PlainError, folder: string): FsaError {
  const cause = Object.assign(new Error(message), stack === null ? {} : { stack });
  if (code === null) return brokenError(cause, folder);
  return new FsaError(code as ErrorCode, message, {
    ...(where === null ? {} : { where }),
    ...(advice === null ? {} : { advice }),
    cause,
  });
}

function brokenError(cause: unknown, where: string): FsaError {
  const message = messageOf(cause);
  return new FsaError('CONFIG', `The exported student cannot be run: ${message.split('\n')[0] ?? ''}.`, {
    where,
    advice: 'Export it again; if that does not help, use --backend torch.',
    cause,
  });
}
