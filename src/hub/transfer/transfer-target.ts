/** What a transfer fills: content of a known size, in parts that may come in any order. */
import type { Digest } from '../api/digest.js';
import type { Filling, RunningHash } from './running-hash.js';

export interface Part {
  readonly index: number;
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

export interface TransferTarget extends Filling {
  /** Whether pieces should be gathered before they are appended, because each costs a trip to the disk. */
  readonly gathers: boolean;
  readonly parts: readonly Part[];
  /** Bytes there in all. */
  readonly doneBytes: number;
  /** Offset of the first byte of a part that is still missing. */
  nextByteOf(part: Part): number;
  /** Takes the next bytes of a part. */
  append(part: Part, content: Buffer): Promise<void>;
  startHash(digest: Digest): RunningHash;
  /** Forgets what is there. @param partBytes part size from now on; Infinity for one part */
  startOver(partBytes: number): Promise<void>;
  /** Puts the content on the disk, and gives it its final name in one step. */
  publish(target: string): Promise<void>;
  /** Keeps what is there for the next attempt, where that is possible. */
  close(): Promise<void>;
  /** Keeps nothing. */
  discard(): Promise<void>;
}
