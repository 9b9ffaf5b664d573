/** What the blob server may give to whom, and where it may put what comes: plain bookkeeping, without files. */
import { normalize, sep } from 'node:path';
import { hashBytes } from '../../storage/digest.js';

/** A file of known content. */
export interface Offer {
  readonly sha256: string;
  readonly path: string;
}

/** One worker, for as long as it lives. */
export interface Guest {
  /** Tells its unfinished uploads from those of others. */
  readonly id: string;
  /** What it prints goes to the end of this file. */
  readonly logPath: string;
  /** Files and folders that its job writes; the worker may read them and put new content there, nowhere else. */
  written: readonly string[];
}

export class Shelf {
  readonly #paths = new Map<string, string>();
  /** By the digest of their tokens: looking one up tells nothing of another by the time it takes. */
  readonly #guests = new Map<string, Guest>();

  offer(offers: readonly Offer[]): void {
    for (const { sha256, path } of offers) this.#paths.set(sha256, path);
  }

  pathOf(sha256: string): string | null {
    return this.#paths.get(sha256) ?? null;
  }

  admit(token: string, logPath: string): void {
    const key = hashBytes(token);
    this.#guests.set(key, { id: key.slice(0, 16), logPath, written: [] });
  }

  /** From now on the worker's job may write these. */
  allow(token: string, written: readonly string[]): void {
    const guest = this.#guests.get(hashBytes(token));
    if (guest !== undefined) guest.written = written;
  }

  dismiss(token: string): void {
    this.#guests.delete(hashBytes(token));
  }

  guestOf(authorization: string | undefined): Guest | null {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    return token === undefined ? null : (this.#guests.get(hashBytes(token)) ?? null);
  }
}

/** Whether a worker's job may write there. */
export function mayWrite({ written }: Guest, path: string): boolean {
  return normalize(path) === path && written.some((root) => path === root || path.startsWith(root + sep));
}

/** Whether this names a file below a folder, and no other. */
export function isNameBelow(name: string): boolean {
  return (
    name !== '' &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
    !name.includes('\\')
  );
}
