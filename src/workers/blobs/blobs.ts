/** Files for workers that do not see this machine's disk: what the rest of the room says to the thread that serves them. */
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { ownProgram } from '../../config/package-folder.js';
import { FsaError } from '../../errors.js';
import type { JobSpec } from '../../rpc/messages.js';
import { type Certificate, makeCertificate } from './certificate.js';
import { filesOf } from './files-of-spec.js';
import type { FromThread, ThreadSettings, ToThread } from './thread-messages.js';

/** What opens the server for one worker. */
export interface BlobPass {
  readonly token: string;
  /** SHA-256 of the one certificate that it may believe. */
  readonly fingerprint: string;
  readonly port: number;
  /** Lets the worker have what a job reads, and put what it writes. */
  readonly begin: (spec: JobSpec) => Promise<void>;
  /** From now on it gets and puts nothing. */
  readonly revoke: () => void;
}

export class Blobs {
  readonly #waiting = new Map<number, (error?: FsaError) => void>();
  #asked = 0;
  /** Why the thread serves nothing any more. */
  #ended: FsaError | null = null;

  private constructor(
    private readonly thread: Worker,
    private readonly certificate: Certificate,
    readonly port: number,
  ) {
    thread.on('message', (message: FromThread) => {
      if (message.is !== 'done') return;
      this.#waiting.get(message.number)?.();
      this.#waiting.delete(message.number);
    });
    thread.once('error', (error) => this.#end(error));
    thread.once('exit', () => this.#end());
    // A run that is over is not kept from ending.
    thread.unref();
  }

  /** @throws FsaError PROTOCOL where the port is refused */
  static async open(options: Omit<ThreadSettings, 'certificate'>): Promise<Blobs> {
    const certificate = makeCertificate();
    const settings: ThreadSettings = { ...options, certificate };
    const thread = new Worker(ownProgram('workers/blobs/thread'), {
      workerData: settings,
      name: 'fsa-blobs',
      execArgv: [],
    });
    const [message] = (await once(thread, 'message')) as [FromThread];
    if (message.is === 'open') return new Blobs(thread, certificate, message.port);
    await thread.terminate();
    throw new FsaError('PROTOCOL', 'No port for files could be opened.', {
      where: options.port === null ? options.address : `${options.address}:${options.port}`,
      ...(message.is === 'failed' ? { problems: [message.message] } : {}),
      advice: 'Check whether something else listens there: it is the port after cluster.port.',
    });
  }

  /** @param logPath what the worker prints goes to the end of this file */
  admit(logPath: string): BlobPass {
    const token = randomBytes(32).toString('base64url');
    this.#say({ do: 'admit', token, logPath });
    return {
      token,
      fingerprint: this.certificate.fingerprint,
      port: this.port,
      begin: async (spec) => {
        const { read, written } = filesOf(spec);
        this.#say({ do: 'offer', offers: read });
        this.#say({ do: 'allow', token, written });
        await this.#done();
      },
      revoke: () => this.#say({ do: 'dismiss', token }),
    };
  }

  async close(): Promise<void> {
    if (this.#ended !== null) return;
    const ended = once(this.thread, 'exit');
    this.thread.ref();
    this.#say({ do: 'close' });
    await ended;
  }

  #say(message: ToThread): void {
    this.thread.postMessage(message);
  }

  async #done(): Promise<void> {
    if (this.#ended !== null) throw this.#ended;
    this.#asked += 1;
    const number = this.#asked;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(number, (error) => (error === undefined ? resolve() : reject(error)));
      this.#say({ do: 'say-done', number });
    });
  }

  #end(cause?: unknown): void {
    this.#ended ??= new FsaError('PROTOCOL', 'The thread that serves files to workers has ended.', {
      problems: cause instanceof Error ? [cause.message] : [],
      advice: 'Run the same command again: it goes on from what is saved.',
      cause,
    });
    for (const settle of this.#waiting.values()) settle(this.#ended);
    this.#waiting.clear();
  }
}
