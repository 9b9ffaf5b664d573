/** Environments that no runtime.json names: remains of setups that failed, were killed, or were replaced. */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hashBytes } from '../storage/digest.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A fresh name that tells which host makes the environment. */
export function nameEnvironment(): string {
  return `venv-${hostMark()}${randomBytes(4).toString('hex')}`;
}

/**
 * Best effort, by the holder of the folder's lock: with it, what this host made and nothing names is dead.
 * Another host that shares the disk may be at work, so its environments go after a day only.
 * @param keep the environment in use; null where there is none
 */
export async function sweepEnvironments(folder: string, keep: string | null): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith('venv-') || name === keep) continue;
    const path = join(folder, name);
    const isOurs = name.startsWith(`venv-${hostMark()}`);
    if (isOurs || (await ageOf(path)) > DAY_MS) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function hostMark(): string {
  return hashBytes(hostname()).slice(0, 8);
}

async function ageOf(path: string): Promise<number> {
  const made = await stat(path).catch(() => null);
  return made === null ? 0 : Date.now() - made.birthtimeMs;
}
