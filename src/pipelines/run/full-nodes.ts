/** Nodes whose disk was found full: each is said once, and no job goes there again unless it has more room by then. */
import { isFsaError } from '../../errors.js';
import { JobFailedError, WorkerLostError } from '../../workers/errors.js';
import type { Worker } from '../../workers/worker.js';

/** Free space goes up and down a little by itself. */
const MORE_ROOM = 1.1;

type Node = Pick<Worker, 'id' | 'hello' | 'logPath' | 'recentLog'>;

export class FullNodes {
  /** What was free when the worker began that then found no room. */
  readonly #roomBytes = new Map<string, number>();

  /** @param onFull told of each node whose disk was found full */
  constructor(private readonly onFull: (node: string) => void = () => undefined) {}

  /** A job's failure, as that of its node where the node's own disk had no room for what was sent to it. */
  judge(error: unknown, node: Node): unknown {
    const { hostname, roomBytes } = node.hello;
    const isFull = isFsaError(error) && error instanceof JobFailedError && error.failureCode === 'disk-full';
    // Where the disk is ours, every other job would meet it, too.
    if (!isFull || roomBytes === null) return error;
    this.#roomBytes.set(hostname, Math.max(roomBytes, this.#roomBytes.get(hostname) ?? 0));
    this.onFull(hostname);
    return lostOn(node, error.message);
  }

  /** Why a worker that has just begun is none; null where it may have jobs. */
  refusal(node: Node): WorkerLostError | null {
    const { hostname, roomBytes } = node.hello;
    const before = this.#roomBytes.get(hostname);
    if (before === undefined || roomBytes === null || roomBytes > before * MORE_ROOM) return null;
    return lostOn(
      node,
      `The disk of ${hostname} is still full, where workers keep files. Free some space there, or set cluster.cacheFolder to a folder with more.`,
    );
  }
}

function lostOn(node: Node, message: string): WorkerLostError {
  const context = { lastStep: null, logTail: node.recentLog(), logPath: node.logPath };
  const advice = 'Then run the same command again: finished work is kept.';
  return new WorkerLostError(message, { exitCode: null, signal: null }, { ...context, advice });
}
