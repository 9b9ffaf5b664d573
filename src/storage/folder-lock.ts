/**
 * One process per folder: an advisory lock on a file in it, which the kernel holds for an open file and gives
 * back the moment that is closed, whatever became of the process, its host's name or its network. What stands
 * in the file names the holder to people.
 *
 * Some shared disks keep such locks to each machine. There the note decides: its holder counts up in it every few
 * seconds, and who finds the note of a living other kernel, told by its boot id, first watches whether that still
 * happens. Neither names of hosts, which containers share, nor clocks are asked.
 */
import { constants } from 'node:fs';
import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { tryLock as tryLockOf } from 'fs-native-extensions';
import { z } from 'zod';
import { FsaError } from '../errors.js';
import { namePath, writeAll } from './file-handle.js';

/** What another process wrote is shown to people: in short. */
const word = z.string().transform((text) => (text.length <= 200 ? text : `${text.slice(0, 200)}…`));
const holderSchema = z.object({
  pid: z.int(),
  host: word,
  command: word,
  since: word,
  /** Tells one start of one kernel from all others; containers on it share it, as they share its locks. */
  boot: z.string().optional(),
  /** Counted up while the holder lives. */
  beat: z.int().optional(),
});
type LockHolder = z.infer<typeof holderSchema>;

/** Without locks the user sees to it that one command at a time uses a folder. */
export interface Locking {
  readonly locks: boolean;
  /** How often a holder counts up. */
  readonly beatSeconds?: number;
}

export interface FolderLock {
  /** @param movedTo where the folder lies by now, if it got another name meanwhile */
  release(movedTo?: string): Promise<void>;
}

const LOCK_FILE = 'lock.json';
const BEAT_SECONDS = 4;
/** A holder that misses so many is gone. */
const BEATS_WATCHED = 4;

/** A note of ours is far shorter; a longer one is none. */
const LONGEST_NOTE_BYTES = 16 * 1024;

/**
 * Takes the lock of a folder, or says who has it.
 * @throws FsaError RUN_FOLDER naming the holder's pid, host and command; STORAGE where the file system has no locks
 */
export async function lockFolder(
  folder: string,
  { locks, beatSeconds = BEAT_SECONDS }: Locking = { locks: true },
): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE);
  if (!locks) return { release: () => Promise.resolve() };
  const tryLock = await loadTryLock(folder);
  // A holder takes the file away before it lets go: who locked a file that is gone has locked nothing.
  while (true) {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT);
    try {
      if (!tryLockFile(tryLock, file, path)) throw heldBy(folder, await readHolder(path));
      if (!(await isStillThere(file, path))) {
        await file.close();
        continue;
      }
      const other = await livingElsewhere(path, beatSeconds);
      if (other !== null) throw heldBy(folder, other);
      const stop = await holdNote(file, beatSeconds).catch(async (error: unknown) => {
        await rm(path, { force: true });
        throw error;
      });
      return {
        release: async (movedTo = folder) => {
          await stop();
          await release(file, join(movedTo, LOCK_FILE));
        },
      };
    } catch (error) {
      await file.close().catch(() => undefined);
      throw namePath(error, path);
    }
  }
}

async function release(file: FileHandle, path: string): Promise<void> {
  if (await isStillThere(file, path)) await rm(path, { force: true });
  await file.close();
}

async function isStillThere(file: FileHandle, path: string): Promise<boolean> {
  const [held, named] = await Promise.all([file.stat(), stat(path).catch(() => null)]);
  return named !== null && held.ino === named.ino && held.dev === named.dev;
}

type TryLock = typeof tryLockOf;

/** Its binary is there for the common systems; elsewhere the user decides. */
async function loadTryLock(folder: string): Promise<TryLock> {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (cause) {
    await requireFreeFiles(folder);
    throw new FsaError('STORAGE', 'File locks are not available on this system.', {
      where: `${process.platform}-${process.arch}`,
      advice: UNLOCKED_ADVICE,
      cause,
    });
  }
}

/** What loading a binary may open at once. */
const FILES_TO_LOAD = 8;

/**
 * Where files ran out, loading fails in many words; opening some says so plainly.
 * @throws the system's EMFILE or ENFILE
 */
async function requireFreeFiles(folder: string): Promise<void> {
  const tried = await Promise.allSettled(Array.from({ length: FILES_TO_LOAD }, () => open(folder)));
  for (const one of tried) if (one.status === 'fulfilled') await one.value.close();
  const failed = tried.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw namePath(failed.reason, folder);
}

const UNLOCKED_ADVICE =
  'Set FSA_LOCK=off, and see to it yourself that one command at a time uses the folder.';

/** @returns false where another open file holds it, in this process or any other */
function tryLockFile(tryLock: TryLock, file: FileHandle, path: string): boolean {
  try {
    return tryLock(file.fd);
  } catch (error) {
    throw lockError(error, path);
  }
}

const NO_LOCKS = new Set(['ENOLCK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EBADF']);

/** What it means that a lock could be neither taken nor refused. */
export function lockError(error: unknown, path: string): unknown {
  if (!NO_LOCKS.has((error as NodeJS.ErrnoException).code ?? '')) return error;
  return new FsaError('STORAGE', 'This file system has no file locks, so two runs could write one folder.', {
    where: path,
    advice: `Choose a folder on a local disk. ${UNLOCKED_ADVICE}`,
    cause: error,
  });
}

/** The holder of another kernel, where it still counts up; a note of this kernel means nothing beside its lock. */
async function livingElsewhere(path: string, beatSeconds: number): Promise<LockHolder | null> {
  const first = await readHolder(path);
  if (first?.boot === undefined || first.boot === (await bootId())) return null;
  for (let watched = 0; watched < BEATS_WATCHED; watched += 1) {
    await delay(beatSeconds * 1000);
    const now = await readHolder(path);
    if (now !== null && (now.beat !== first.beat || now.since !== first.since)) return now;
  }
  return null;
}

/** Writes who holds the folder, and counts up from then on. @returns ends that */
async function holdNote(file: FileHandle, beatSeconds: number): Promise<() => Promise<void>> {
  const holder = {
    pid: process.pid,
    host: hostname(),
    command: process.argv.slice(1).join(' '),
    since: new Date().toISOString(),
    boot: await bootId(),
  };
  const write = async (beat: number): Promise<void> => {
    await writeAll(file, Buffer.from(`${JSON.stringify({ ...holder, beat }, null, 2)}\n`), 0);
    // Else another machine may not see it for half a minute.
    await file.datasync();
  };
  await file.truncate(0);
  // Of ten digits from the first on: what is written over must never be longer.
  let beat = 1_000_000_000;
  await write(beat);
  let turn: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beat += 1;
    // A full disk does not matter here: the note is as long as before.
    turn = turn.then(() => write(beat)).catch(() => undefined);
  }, beatSeconds * 1000);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await turn;
  };
}

let knownBootId: Promise<string> | null = null;

/** Where the system has none, its name and when it started. */
async function bootId(): Promise<string> {
  knownBootId ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => `${hostname()} ${Math.round((Date.now() / 1000 - uptime()) / 60)}`,
  );
  return await knownBootId;
}

async function readHolder(path: string): Promise<LockHolder | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return null;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(LONGEST_NOTE_BYTES), 0, LONGEST_NOTE_BYTES, 0);
    return holderSchema.parse(JSON.parse(buffer.toString('utf8', 0, bytesRead)));
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

function heldBy(folder: string, other: LockHolder | null): FsaError {
  const who =
    other === null
      ? 'another process'
      : `process ${other.pid} on ${other.host} (${other.command}, since ${other.since})`;
  return new FsaError('RUN_FOLDER', `The folder is in use by ${who}.`, {
    where: folder,
    advice: 'Wait for it to end, or choose another folder with --output.',
  });
}
