/**
 * Writes results.json, sealed: a line a cell, a few cells in memory at a time, and between some of them everybody
 * else has a turn.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { writeFileAtomic } from '../storage/atomic-write.js';
import { sealOfText } from '../storage/sealed-json.js';
import type { ResultsFile } from './types.js';

/** results.json with the JSON of each cell, made when its turn comes. */
export type ResultsToWrite = Pick<ResultsFile, 'missing'> & { readonly cells: Iterable<Uint8Array> };

/** Bytes that are written in a row. */
const AT_ONCE = 200_000;

export async function writeResultsFile(path: string, { cells, missing }: ResultsToWrite): Promise<void> {
  const hash = createHash('sha256');
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for (const bytes of chunksOf(textOf(cells, missing))) {
      hash.update(bytes);
      yield bytes;
      await setImmediate();
    }
    yield Buffer.from(sealOfText(hash));
  };
  await writeFileAtomic(path, hashed());
}

function* textOf(
  cells: Iterable<Uint8Array>,
  missing: ResultsFile['missing'],
): Generator<string | Uint8Array> {
  yield '{\n"schema": 1,\n"cells": ';
  yield* listOf(cells);
  yield ',\n"missing": ';
  yield* listOf(missing);
}

function* listOf(entries: Iterable<object>): Generator<string | Uint8Array> {
  let before = '[\n';
  for (const entry of entries) {
    yield before;
    yield entry instanceof Uint8Array ? entry : JSON.stringify(entry);
    before = ',\n';
  }
  yield before === '[\n' ? '[]' : ']';
}

function* chunksOf(parts: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  let [chunk, length]: [Uint8Array[], number] = [[], 0];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    chunk.push(bytes);
    length += bytes.byteLength;
    if (length < AT_ONCE) continue;
    yield Buffer.concat(chunk);
    [chunk, length] = [[], 0];
  }
  yield Buffer.concat(chunk);
}
