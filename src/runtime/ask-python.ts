/**
 * Short questions to an interpreter: versions, devices, whether torch computes. Anything long is a
 * worker's work. Each `PythonBridge` is one process of `bridge.ts` with one Python below it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { changeEnvironment } from '../config/environment.js';
import { ownProgram } from '../config/package-folder.js';
import { FsaError } from '../errors.js';
import type { BridgeReply, BridgeRequest } from './bridge.js';
import { PY_RUNTIME_FOLDER } from './locate.js';

export interface BridgeOptions {
  readonly python: string;
  /** Longest wait for one answer, and for Python to start. */
  readonly timeoutMs?: number;
  /** More folders that Python imports from. */
  readonly pythonPath?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface PythonBridge {
  /**
   * Calls `module:function`; calls wait for each other. A bridge that failed once refuses all later calls.
   * @returns the answer, checked against `schema`
   * @throws FsaError RUNTIME when Python raises, ends, or gives no answer in time; CANCELLED
   */
  call<T>(target: string, args: readonly unknown[], schema: z.ZodType<T>): Promise<T>;
}

/** Opens a bridge, hands it to `work`, and leaves neither process behind however that ends. */
export async function askPython<T>(
  options: BridgeOptions,
  work: (bridge: PythonBridge) => Promise<T>,
): Promise<T> {
  const bridge = new OpenBridge(options);
  try {
    return await work(bridge);
  } finally {
    bridge.end();
  }
}

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), type: z.string(), message: z.string(), trace: z.string() }),
]);

interface Waiting {
  readonly resolve: (reply: BridgeReply) => void;
  readonly reject: (error: FsaError) => void;
}

class OpenBridge implements PythonBridge {
  readonly #options: BridgeOptions;
  readonly #child: ChildProcess;
  readonly #onAbort = (): void =>
    this.#fail(new FsaError('CANCELLED', 'The question to Python was cancelled.'));
  #queue: Promise<unknown>;
  #waiting: Waiting | null = null;
  #failure: FsaError | null = null;
  #pythonPid: number | null = null;
  #printed = '';

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#child = startBridge(options);
    this.#listen();
    this.#queue = this.#next(null);
    // The first call sees the failure; without calls nobody does.
    this.#queue.catch(() => undefined);
  }

  async call<T>(target: string, args: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    const request: BridgeRequest = { target, argumentsJson: JSON.stringify(args) };
    const turn = this.#queue.then(() => this.#next(request));
    this.#queue = turn.catch(() => undefined);
    const reply = await turn;
    return readAnswer(target, reply, schema);
  }

  end(): void {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#failure ??= new FsaError('BUG', 'The bridge to Python is closed.');
    // Python first: it hears of its parent's end only between calls.
    killQuietly(this.#pythonPid);
    this.#child.kill('SIGKILL');
    if (this.#child.connected) this.#child.disconnect();
  }

  /** Sends one request (null: waits for the start) and waits for its reply. */
  async #next(request: BridgeRequest | null): Promise<BridgeReply> {
    if (this.#failure !== null) throw this.#failure;
    const timeoutMs = this.#options.timeoutMs ?? 60_000;
    const timer = setTimeout(() => {
      const doing = request === null ? 'start' : `answer ${request.target}`;
      this.#fail(this.#explain(`Python did not ${doing} in ${timeoutMs / 1000} seconds.`));
    }, timeoutMs);
    try {
      return await new Promise<BridgeReply>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        if (request !== null)
          this.#child.send(request, (error) => error !== null && this.#failWith(error.message));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }

  #listen(): void {
    this.#child.on('message', (reply: BridgeReply) => {
      if (reply.type === 'broken') this.#failSoon(reply.reason);
      else if (reply.type === 'started') this.#pythonPid = reply.pythonPid;
      else this.#waiting?.resolve(reply);
    });
    this.#child.on('error', (error) => this.#failWith(error.message));
    this.#child.on('close', (code, signal) =>
      this.#failWith(`the bridge ended with ${signal ?? code ?? '?'}`),
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on(
        'data',
        (chunk: Buffer) => (this.#printed = (this.#printed + chunk.toString('utf8')).slice(-4000)),
      );
    }
    if (this.#options.signal?.aborted === true) this.#onAbort();
    this.#options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The last words of Python may still be on their way; `close` comes after them. */
  #failSoon(reason: string): void {
    const fail = (): void => this.#failWith(reason);
    this.#child.prependOnceListener('close', fail);
    setTimeout(fail, 1000).unref();
  }

  #failWith(reason: string): void {
    this.#fail(this.#explain(`Python cannot be asked: ${reason}.`));
  }

  #fail(error: FsaError): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.end();
  }

  #explain(what: string): FsaError {
    const lines = this.#printed.split('\n').filter((line) => line.trim() !== '');
    return new FsaError('RUNTIME', what, {
      where: this.#options.python,
      problems: lines.slice(-5),
      advice: 'Run `fsa setup --force` to make the runtime again.',
    });
  }
}

function startBridge({ python, pythonPath }: BridgeOptions): ChildProcess {
  return fork(ownProgram('runtime/bridge'), [], {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: changeEnvironment({
      PYTHON_BIN: python,
      PYTHONPATH: [PY_RUNTIME_FOLDER, ...(pythonPath ?? [])].join(process.platform === 'win32' ? ';' : ':'),
      PYTHONNOUSERSITE: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      // The time is kept here; 0 means that pythonia keeps none.
      REQ_TIMEOUT: '0',
      NODE_OPTIONS: '',
      PYTHONHOME: null,
      // Whatever its value, pythonia would print all it says.
      DEBUG: null,
    }),
  });
}

function readAnswer<T>(target: string, reply: BridgeReply, schema: z.ZodType<T>): T {
  const answer = answerSchema.safeParse(JSON.parse(reply.type === 'answer' ? reply.answerJson : 'null'));
  if (answer.success && !answer.data.ok) {
    throw new FsaError('RUNTIME', `Python raised ${answer.data.type}: ${answer.data.message}`, {
      where: target,
      problems: answer.data.trace
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(-4),
      advice: 'Run `fsa doctor` to see what is wrong with the runtime.',
    });
  }
  const value = schema.safeParse(answer.success && answer.data.ok ? answer.data.value : undefined);
  if (value.success) return value.data;
  throw new FsaError('PROTOCOL', 'Python gave an answer of another shape than expected.', {
    where: target,
    problems: value.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  });
}

function killQuietly(pid: number | null): void {
  try {
    if (pid !== null && pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
