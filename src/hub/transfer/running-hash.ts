/** The digest of content that is still coming: small content is read when it is whole, a large file all the while. */
import { Worker } from 'node:worker_threads';
import { hashRecipe, type Digest } from '../api/digest.js';
import { storageError } from './storage-error.js';

/** `abandon` gives back what it holds, also after `finish`. */
export interface RunningHash {
  /** Tells that bytes were appended. */
  advanced(): void;
  /** Digest of the whole content, in hexadecimal; every part must be there. */
  finish(): Promise<string>;
  abandon(): Promise<void>;
}

/** Content that is still coming. */
export interface Filling {
  /** Size of the whole content. */
  readonly bytes: number;
  /** Bytes there from the start on, without a gap. */
  readonly prefixBytes: number;
}

export function hashAtTheEnd(filling: Filling, hashWhole: () => Promise<string>): RunningHash {
  return {
    advanced: () => undefined,
    finish: async () => {
      requireWhole(filling);
      return await hashWhole();
    },
    abandon: async () => await Promise.resolve(),
  };
}

function requireWhole({ bytes, prefixBytes }: Filling): void {
  if (prefixBytes < bytes) throw new Error('a file on its way has gaps');
}

/** Plain JavaScript in a string, so that it starts alike from the sources and from the built package. */
const PROGRAM = `
const { createHash } = require('node:crypto');
const { closeSync, openSync, readSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { path, bytes, recipe } = workerData;
const hash = createHash(recipe.algorithm).update(recipe.prefix);
const file = openSync(path, 'r');
const buffer = Buffer.allocUnsafeSlow(2 ** 20);
let hashed = 0;
parentPort.on('message', (prefixBytes) => {
  while (hashed < prefixBytes) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, prefixBytes - hashed), hashed);
    if (read === 0) throw Object.assign(new Error('it became shorter meanwhile'), { code: 'FILE_CHANGED' });
    hash.update(buffer.subarray(0, read));
    hashed += read;
  }
  if (hashed < bytes) return;
  closeSync(file);
  parentPort.postMessage(hash.digest('hex'));
});
`;

/**
 * A thread reads behind the writers: hashing takes nothing from the connections, whatever the order in which
 * parts come, and is done a moment after the last byte.
 */
export class FollowingHash implements RunningHash {
  readonly #thread: Worker;
  readonly #path: string;
  readonly #filling: Filling;
  readonly #stepBytes: number;
  readonly #result: Promise<string>;
  #toldBytes = 0;

  /** @param stepBytes the thread is told of new bytes when there are this many, not of every piece */
  constructor(path: string, filling: Filling, digest: Digest, stepBytes = 4 * 2 ** 20) {
    const { bytes } = filling;
    this.#path = path;
    this.#filling = filling;
    this.#stepBytes = stepBytes;
    this.#thread = new Worker(PROGRAM, {
      eval: true,
      execArgv: [],
      workerData: { path, bytes, recipe: hashRecipe(digest, bytes) },
    });
    // It must not keep the program alive when the download was given up.
    this.#thread.unref();
    this.#result = new Promise((resolve, reject) => {
      this.#thread.once('message', resolve);
      this.#thread.once('error', reject);
      this.#thread.once('exit', () => reject(new Error('the thread that takes the digest has ended')));
    });
    // A failure is told by `finish`; until then nobody listens.
    this.#result.catch(() => undefined);
    this.advanced();
  }

  advanced(): void {
    const { prefixBytes } = this.#filling;
    if (prefixBytes >= this.#toldBytes + this.#stepBytes) this.#tell(prefixBytes);
  }

  async finish(): Promise<string> {
    requireWhole(this.#filling);
    this.#thread.ref();
    if (this.#toldBytes < this.#filling.bytes) this.#tell(this.#filling.bytes);
    try {
      return await this.#result;
    } catch (thrown) {
      throw storageError(this.#path, thrown);
    }
  }

  async abandon(): Promise<void> {
    await this.#thread.terminate();
  }

  #tell(prefixBytes: number): void {
    this.#toldBytes = prefixBytes;
    this.#thread.postMessage(prefixBytes);
  }
}
