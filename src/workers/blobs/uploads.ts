/** What workers send: in pieces, each file under its digest, and put in its place when all of a folder is there. */
import { createWriteStream } from 'node:fs';
import { link, mkdir, open, rename, rm, stat, copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { syncFolder, temporaryPath } from '../../storage/atomic-write.js';
import { hashFile } from '../../storage/digest.js';
import { type Guest, isNameBelow, mayWrite, type Shelf } from './shelf.js';
import { makeFolder } from '../../storage/make-folder.js';

/** A request that cannot be met: its status, and why. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A folder as it is to be, or one file where its only name is empty. */
export const placingSchema = z.strictObject({
  path: z.string(),
  files: z.array(z.strictObject({ name: z.string(), sha256 })),
  /** What this takes the place of. */
  removes: z.array(z.string()),
});

export type Placing = z.infer<typeof placingSchema>;

export class Uploads {
  /** @param folder for what has not found its place yet; on the file system of the run */
  constructor(
    private readonly folder: string,
    private readonly shelf: Shelf,
  ) {}

  /** How many bytes of a file are here; null where all of it is. */
  async offsetOf(guest: Guest, digest: string): Promise<number | null> {
    if ((await this.#find(digest)) !== null) return null;
    return (await sizeOf(this.#partOf(guest, digest))) ?? 0;
  }

  /**
   * Takes the next piece of a file. What came of a piece that was cut stays.
   * @returns how many bytes are here now
   */
  async take(
    guest: Guest,
    digest: string,
    at: { offset: number; length: number },
    body: Readable,
  ): Promise<number> {
    await makeFolder(this.folder, { mode: 0o700 });
    const path = this.#partOf(guest, digest);
    if (at.offset !== ((await sizeOf(path)) ?? 0))
      throw new Refusal(409, 'that is not where the file goes on');
    await pipeline(
      body,
      limitOf(at.length - at.offset),
      createWriteStream(path, { flags: 'a', mode: 0o600 }),
    );
    const size = (await sizeOf(path)) ?? 0;
    if (size < at.length) return size;
    if ((await hashFile(path)) === digest) {
      await rename(path, this.#wholeOf(digest));
      return size;
    }
    await rm(path, { force: true });
    throw new Refusal(422, `what came is not the file of SHA-256 ${digest.slice(0, 12)}…`);
  }

  /** Puts files in their place, whole or not at all. Who comes second finds it taken, and that is well. */
  async place(guest: Guest, { path, files, removes }: Placing): Promise<void> {
    for (const one of [path, ...removes])
      if (!mayWrite(guest, one)) throw new Refusal(403, `the job does not write ${one}`);
    const isFile = files.length === 1 && files[0]?.name === '';
    if (!isFile && !files.every(({ name }) => isNameBelow(name)))
      throw new Refusal(400, 'a name leads elsewhere');
    await makeFolder(dirname(path));
    const temporary = temporaryPath(path);
    try {
      if (!isFile) await mkdir(temporary);
      for (const { name, sha256: digest } of files)
        await this.#put(digest, isFile ? temporary : join(temporary, name));
      await syncFolder(isFile ? dirname(path) : temporary);
      await rename(temporary, path).catch((error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        if (isFile || (code !== 'ENOTEMPTY' && code !== 'EEXIST')) throw error;
      });
      await syncFolder(dirname(path));
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    for (const old of removes) if (old !== path) await rm(old, { recursive: true, force: true });
    for (const { sha256: digest } of files) await rm(this.#wholeOf(digest), { force: true });
  }

  /** Nothing that has not found its place by now will find it. */
  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #put(digest: string, path: string): Promise<void> {
    const source = await this.#find(digest);
    if (source === null) throw new Refusal(409, `the file of SHA-256 ${digest.slice(0, 12)}… has not come`);
    await makeFolder(dirname(path));
    // A file of the run's inputs must not become another by being written to under its new name.
    if (source === this.#wholeOf(digest)) await link(source, path);
    else await copyFile(source, path);
    const file = await open(path, 'r');
    await file.sync().finally(() => file.close());
  }

  async #find(digest: string): Promise<string | null> {
    const whole = this.#wholeOf(digest);
    if ((await sizeOf(whole)) !== null) return whole;
    const offered = this.shelf.pathOf(digest);
    return offered !== null && (await sizeOf(offered)) !== null ? offered : null;
  }

  #partOf({ id }: Guest, digest: string): string {
    return join(this.folder, `${digest}.${id}.part`);
  }

  #wholeOf(digest: string): string {
    return join(this.folder, digest);
  }
}

/** Passes on so many bytes and refuses more. */
function limitOf(bytes: number): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (source) {
    let left = bytes;
    for await (const piece of source) {
      left -= piece.length;
      if (left < 0) throw new Refusal(413, 'more came than was announced');
      yield piece;
    }
  };
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? found.size : null;
}
