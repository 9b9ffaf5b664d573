/**
 * One process per folder. On Linux the lock is an abstract Unix socket named after the folder's device
 * and inode: the kernel gives it back the moment its holder dies, and no clock or file date is involved.
 * Elsewhere, and for holders on other hosts sharing the disk, `lock.json` in the folder names the holder.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../errors.js';
import { writeJsonAtomic } from './atomic-write.js';

const holderSchema = z.object({
  pid: z.int(),
  host: z.string(),
  /** Of the machine's current boot; tells a pid from before a restart. */
  bootId: z.string().nullable(),
  command: z.string(),
  since: z.string(),
  token: z.string(),
});
export type LockHolder = z.infer<typeof holderSchema>;

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder, or says who has it.
 * @throws FsaError RUN_FOLDER naming the holder's pid, host and command
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    bootId: await readBootId(),
    command: process.argv.slice(1).join(' '),
    since: new Date().toISOString(),
    token: randomBytes(8).toString('hex'),
  };
  const server = await listenForHolder(folder, holder);
  try {
    await refuseForeignHolder(folder, holder, server !== null);
    await writeJsonAtomic(join(folder, LOCK_FILE), holder);
  } catch (error) {
    server?.close();
    throw error;
  }
  return {
    release: async () => {
      const current = await readHolder(folder);
      if (current?.token === holder.token) await rm(join(folder, LOCK_FILE), { force: true });
      await new Promise<void>((done) => (server === null ? done() : server.close(() => done())));
    },
  };
}

const LOCK_FILE = 'lock.json';

/** The kernel-held half of the lock; null where abstract sockets do not exist. */
async function listenForHolder(folder: string, holder: LockHolder): Promise<Server | null> {
  if (process.platform !== 'linux') return null;
  const { dev, ino } = await stat(folder);
  const address = `\0fsa-lock-${dev}-${ino}`;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(JSON.stringify(holder));
  });
  server.unref();
  return await new Promise<Server>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') {
        reject(error);
        return;
      }
      askHolder(address).then((other) => reject(heldBy(folder, other)), reject);
    });
    server.listen(address, () => resolve(server));
  });
}

async function askHolder(address: string): Promise<LockHolder | null> {
  return await new Promise((resolve) => {
    let text = '';
    const socket = connect(address);
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(parseHolder(text)));
  });
}

/** A holder that the kernel does not know of: on another host, or on a system without abstract sockets. */
async function refuseForeignHolder(folder: string, me: LockHolder, kernelHeld: boolean): Promise<void> {
  const other = await readHolder(folder);
  if (other === null) return;
  const sameMachine = other.host === me.host && other.bootId === me.bootId;
  const alive = sameMachine
    ? !kernelHeld && isAlive(other.pid) && other.pid !== process.pid
    : other.host !== me.host;
  if (alive) throw heldBy(folder, other);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readHolder(folder: string): Promise<LockHolder | null> {
  try {
    return parseHolder(await readFile(join(folder, LOCK_FILE), 'utf8'));
  } catch {
    return null;
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function readBootId(): Promise<string | null> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return null;
  }
}

function heldBy(folder: string, other: LockHolder | null): FsaError {
  const who =
    other === null
      ? 'another process'
      : `process ${other.pid} on ${other.host} (${other.command}, since ${other.since})`;
  const elsewhere = other !== null && other.host !== hostname();
  return new FsaError('RUN_FOLDER', `The folder is in use by ${who}.`, {
    where: folder,
    advice: elsewhere
      ? `Wait for it to end, or, if that machine is gone for good, delete ${join(folder, LOCK_FILE)}.`
      : 'Wait for it to end, or choose another folder with --output.',
  });
}
