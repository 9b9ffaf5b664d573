/** Downloads one blob to its place, checked byte for byte, going on where an earlier attempt ended. */
import { setMaxListeners } from 'node:events';
import { stat } from 'node:fs/promises';
import type { Emit } from '../../events.js';
import { FsaError } from '../../errors.js';
import { lockPartial, clearLeftovers } from './blob-lock.js';
import { hashFile, type Digest } from '../api/digest.js';
import { fetchPart, RangesUnusable } from './fetch-part.js';
import type { TransferTarget, Part } from './transfer-target.js';
import type { HubConnection } from '../api/listing.js';
import { MemoryFile } from './memory-file.js';
import { PartialFile } from './partial-file.js';
import type { Progress } from './progress.js';
import { inTurn, type Gate } from '../../net/concurrency.js';
import type { Asked } from '../api/refusals.js';

export interface BlobTask {
  readonly url: string;
  /** Where the content shall lie; its folder is there. */
  readonly target: string;
  readonly bytes: number;
  readonly digest: Digest;
  readonly asked: Asked;
  /** For progress and messages. */
  readonly what: string;
  readonly file: string;
  /** Fetch even where the content is there and right. */
  readonly force: boolean;
}

export interface TransferContext {
  readonly hub: HubConnection;
  /** Connections of the whole download. */
  readonly gate: Gate;
  readonly progress: Progress;
  readonly emit: Emit;
}

/** @throws FsaError DOWNLOAD when the bytes are wrong twice */
export async function fetchBlob(task: BlobTask, context: TransferContext): Promise<void> {
  await inTurn(task.target, async () => {
    if (!task.force && (await isWhole(task, context))) {
      context.progress.found(task.what, task.file, task.bytes);
      return;
    }
    if (task.bytes <= context.hub.limits.smallBytes)
      await fillAndPublish(new MemoryFile(task.bytes), task, context);
    else await fetchLarge(task, context);
  });
}

/** With a partial file that outlives this process, and that no other process fills at the same time. */
async function fetchLarge(task: BlobTask, context: TransferContext): Promise<void> {
  const locked = await lockPartial(
    task.target,
    async () => await hasSize(task),
    context.hub.signal,
    (pid) => {
      const message = `Another fsa (process ${pid}) is fetching ${task.file}: waiting for it.`;
      context.emit({ type: 'warning', message, where: task.target });
    },
  );
  if (locked === null) context.progress.found(task.what, task.file, task.bytes);
  else {
    const partBytes = partBytesFor(task.bytes, context.hub.limits.partBytes);
    await fillAndPublish(await PartialFile.open(locked, task.bytes, partBytes), task, context);
  }
  await clearLeftovers(task.target);
}

/** Whether the right bytes are in place. Bytes that rotted are told of and fetched again. */
async function isWhole(task: BlobTask, { hub, emit }: TransferContext): Promise<boolean> {
  if (!(await hasSize(task))) return false;
  const found = await hashFile(task.target, task.digest, task.bytes, hub.signal);
  if (found === task.digest.hex) return true;
  const message = `${task.file} was there with wrong bytes (${found} instead of ${task.digest.hex}): fetching it again.`;
  emit({ type: 'warning', message, where: task.target });
  return false;
}

async function hasSize({ target, bytes }: BlobTask): Promise<boolean> {
  const info = await stat(target).catch(() => null);
  return info?.isFile() === true && info.size === bytes;
}

async function fillAndPublish(
  partial: TransferTarget,
  task: BlobTask,
  context: TransferContext,
): Promise<void> {
  try {
    context.progress.found(task.what, task.file, partial.doneBytes);
    let found = await fill(partial, task, context);
    if (found !== task.digest.hex) {
      const message = `${task.file} came with wrong bytes (${found} instead of ${task.digest.hex}): fetching it anew.`;
      context.emit({ type: 'warning', message, where: task.url });
      // In one piece this time: the parts may have come from different places.
      await startOver(partial, task, context);
      found = await fill(partial, task, context);
    }
    if (found !== task.digest.hex) {
      context.progress.found(task.what, task.file, -task.bytes);
      await partial.discard();
      throw wrongBytes(task, found);
    }
    await partial.publish(task.target);
  } catch (thrown) {
    await partial.close().catch(() => undefined);
    throw thrown;
  }
}

/** Fetches every missing byte; returns the digest of the whole. */
async function fill(partial: TransferTarget, task: BlobTask, context: TransferContext): Promise<string> {
  try {
    return await fillParts(partial, task, context);
  } catch (thrown) {
    if (!(thrown instanceof RangesUnusable)) throw thrown;
    await startOver(partial, task, context);
    return await fillParts(partial, task, context);
  }
}

async function fillParts(partial: TransferTarget, task: BlobTask, context: TransferContext): Promise<string> {
  const hash = partial.startHash(task.digest);
  try {
    await fetchMissing(partial, task, context, (bytes) => {
      hash.advanced();
      context.progress.came(task.what, task.file, bytes);
    });
    return await hash.finish();
  } finally {
    await hash.abandon();
  }
}

async function fetchMissing(
  partial: TransferTarget,
  task: BlobTask,
  context: TransferContext,
  wrote: (bytes: number) => void,
): Promise<void> {
  const missing = partial.parts.filter((part) => partial.nextByteOf(part) < part.end);
  const { promise: goodAnswer, resolve: started } = deferred();
  // One part that fails for good ends the others of its file.
  const others = new AbortController();
  const signal = AbortSignal.any([context.hub.signal, others.signal]);
  setMaxListeners(0, signal);
  const hub = { ...context.hub, signal };
  const fetchOne = async (part: Part): Promise<void> => {
    try {
      const partTask = { url: task.url, asked: task.asked, partial, part, started, wrote };
      await context.gate.run(async () => await fetchPart(partTask, hub));
    } catch (thrown) {
      others.abort(thrown);
      throw thrown;
    }
  };
  const [first, ...later] = missing;
  if (first === undefined) return;
  // The first answer shows whether the server does ranges, before more connections are spent on it.
  const firstDone = fetchOne(first);
  const rest = Promise.race([goodAnswer, firstDone]).then(async () => {
    const results = await Promise.allSettled(later.map(fetchOne));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
  const outcomes = await Promise.allSettled([firstDone, rest]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function startOver(partial: TransferTarget, task: BlobTask, context: TransferContext): Promise<void> {
  context.progress.found(task.what, task.file, -partial.doneBytes);
  await partial.startOver(Infinity);
}

/** Keeps the number of parts, and with it the table, within bounds for very large files. */
const partBytesFor = (bytes: number, least: number): number => Math.max(least, Math.ceil(bytes / 4096));

function wrongBytes({ file, digest, url }: BlobTask, found: string): FsaError {
  return new FsaError(
    'DOWNLOAD',
    `${file} came twice with wrong bytes: ${digest.algorithm} is ${found}, should be ${digest.hex}.`,
    { where: url, advice: 'A mirror or proxy may hold a damaged copy: try without it, or try again later.' },
  );
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
