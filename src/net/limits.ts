/** How patient the transfer is and how it cuts its work. The defaults suit the public hub. */

export interface ConnectionLimits {
  /** A connection that receives nothing for so long is given up. */
  readonly stallMs: number;
  readonly connectMs: number;
  readonly redirects: number;
}

export interface TransferLimits extends ConnectionLimits {
  /** Failures in a row, without a byte of progress between them, before giving up. */
  readonly attempts: number;
  /** An attempt that received fewer bytes than this before it broke counts twice, and starts no count anew. */
  readonly usefulBytes: number;
  /** A body that comes more slowly than `leastBytesPerSecond` for so long counts as failed. */
  readonly dripMs: number;
  readonly leastBytesPerSecond: number;
  /** First pause after a failure; it doubles each time up to `longestBackoffMs`, with jitter. */
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
  /** Longest wait that a server may ask for with Retry-After. */
  readonly longestAskedWaitMs: number;
  /** Files up to this size are held in memory until they are whole; so much of each a kill can lose. */
  readonly smallBytes: number;
  /** Files of at least twice this size are fetched in parts of this size, several at once. */
  readonly partBytes: number;
  /** Bytes gathered before they are written; also the most that a kill can lose of each part. */
  readonly writeBytes: number;
  /** Least time between two progress events. */
  readonly progressMs: number;
}

export const DEFAULT_LIMITS: TransferLimits = {
  stallMs: 30_000,
  connectMs: 10_000,
  attempts: 8,
  usefulBytes: 16 * 2 ** 10,
  dripMs: 10_000,
  leastBytesPerSecond: 1024,
  firstBackoffMs: 500,
  longestBackoffMs: 30_000,
  longestAskedWaitMs: 120_000,
  smallBytes: 2 * 2 ** 20,
  partBytes: 32 * 2 ** 20,
  writeBytes: 2 ** 20,
  redirects: 10,
  progressMs: 250,
};

export const DEFAULT_CONCURRENCY = 8;
