/** A folder of its own for each test. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isFsaError, type FsaError } from '../../../src/errors.js';

export async function makeFolder(files: Record<string, string | Uint8Array> = {}): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fsa data é-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** The FsaError that a promise ends in; anything else fails the test. */
export async function errorOf(work: Promise<unknown>): Promise<FsaError> {
  try {
    await work;
  } catch (error) {
    if (isFsaError(error)) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const aspect = (target: string, polarity = 'positive', more: object = {}) => ({
  from: null,
  to: null,
  target,
  category: null,
  polarity,
  ...more,
});

export const review = (id: number, more: object = {}) => ({
  ID: id,
  Text: `The boat number ${id} was steady.`,
  Overall: 4.0,
  mixtral_response: `A steady boat, says review ${id}.`,
  ...more,
});

export const jsonLines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');
