/** A worker as an operating system process: started in a group of its own, drained, ended with its children. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { FsaError, isOutOfFiles, messageOf, toFsaError } from '../../errors.js';
import type { LogFile } from '../log-file.js';
import type { LaunchCommand, LaunchedProcess, Launcher, ProcessEnd } from './launcher.js';

/** How long output may still come after the end; a child that left the group could hold the pipes for ever. */
const DRAIN_MILLISECONDS = 1_000;

class LocalProcess implements LaunchedProcess {
  readonly pid: number;
  /** Settles when the process has ended, its group is dead and its log is whole. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  #running = true;
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams, pid: number, log: LogFile) {
    this.#child = child;
    this.pid = pid;
    const drained = Promise.all([drain(child.stdout, log), drain(child.stderr, log)]);
    const exited = new Promise<ProcessEnd>((resolve) => {
      child.once('exit', (exitCode, signal) => {
        this.#running = false;
        // The leader is gone; what it started and left behind goes with it.
        this.#signalGroup('SIGKILL');
        resolve({ exitCode, signal });
      });
    });
    this.ended = exited.then(async (end) => {
      await Promise.race([drained, delay(DRAIN_MILLISECONDS)]);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      await log.close();
      return end;
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** Ends the worker and everything in its process group at once. */
  kill(): void {
    this.#signalGroup('SIGKILL');
  }

  /** Waits for the worker to end by itself, then asks with SIGTERM, then uses SIGKILL. */
  async end(graceSeconds: number): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.#endsWithin(graceSeconds)) return;
      this.#signalGroup(signal);
    }
    await this.ended;
  }

  async #endsWithin(seconds: number): Promise<boolean> {
    const late = Symbol('late');
    return (await Promise.race([this.ended, delay(seconds * 1000, late)])) !== late;
  }

  #signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    try {
      if (process.platform === 'win32') this.#child.kill(signal);
      else process.kill(-this.pid, signal);
    } catch {
      // ESRCH: nobody is left in the group.
    }
  }
}

/** Workers on this machine, reached over the loopback interface. */
export const LOCAL: Launcher = { bind: { address: '127.0.0.1', port: null }, start: startProcess };

async function startProcess({ python, arguments: words, env, log }: LaunchCommand): Promise<LaunchedProcess> {
  let cause: unknown;
  try {
    // Standard input stays open and empty: its end tells the worker's guard that we are gone.
    const child = spawn(python, words, { env, detached: true, stdio: 'pipe', windowsHide: true });
    if (child.pid !== undefined) {
      child.on('error', ignore);
      child.stdin.on('error', ignore);
      return new LocalProcess(child, child.pid, log);
    }
    [cause] = (await once(child, 'error')) as [Error];
  } catch (error) {
    cause = error;
  }
  await log.close();
  if (isOutOfFiles(cause)) throw toFsaError(cause);
  throw new FsaError('RUNTIME', `Python could not be started: ${messageOf(cause)}.`, {
    where: python,
    advice: 'Run `fsa doctor` to see what is wrong with the runtime.',
    cause,
  });
}

const ignore = (): void => undefined;

async function drain(stream: AsyncIterable<unknown>, log: LogFile): Promise<void> {
  try {
    for await (const chunk of stream) await log.write(Buffer.from(chunk as Uint8Array));
  } catch {
    // Destroyed after the end, or a broken pipe: nothing more will come.
  }
}

function delay<T>(milliseconds: number, value?: T): Promise<T | undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, value).unref());
}
