/**
 * Writes results.json, sealed as `seal` would: a line a cell, one cell in memory at a time, and between some of them
 * everybody else has a turn.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { writeFileAtomic } from '../storage/atomic-write.js';
import { toCanonicalJson } from '../storage/digest.js';
import type { ResultsFile } from './types.js';

/** results.json with cells that are made when their turn comes. */
export type ResultsToWrite = Pick<ResultsFile, 'missing'> & {
  readonly cells: Iterable<ResultsFile['cells'][number]>;
};

/** Characters of JSON that are written in a row. */
const AT_ONCE = 200_000;

export async function writeResultsFile(path: string, { cells, missing }: ResultsToWrite): Promise<void> {
  await writeFileAtomic(path, contentOf(cells, missing));
}

async function* contentOf(cells: Iterable<object>, missing: Iterable<object>): AsyncGenerator<string> {
  const hash = createHash('sha256');
  // As `toCanonicalJson` has an object: pairs of key and value in the order of the alphabet.
  hash.update('[["cells",');
  yield '{\n"schema": 1,\n"cells": ';
  yield* writeList(cells, hash);
  hash.update('],["missing",');
  yield ',\n"missing": ';
  yield* writeList(missing, hash);
  hash.update('],["schema",1]]');
  yield `,\n"sha256": "${hash.digest('hex')}"\n}\n`;
}

async function* writeList(
  entries: Iterable<object>,
  hash: { update(text: string): unknown },
): AsyncGenerator<string> {
  hash.update('[');
  let [separator, text] = ['', '['];
  for (const entry of entries) {
    hash.update(separator + toCanonicalJson(entry));
    text += `${separator}\n${JSON.stringify(entry)}`;
    separator = ',';
    if (text.length < AT_ONCE) continue;
    yield text;
    text = '';
    await setImmediate();
  }
  hash.update(']');
  yield `${text}]`;
}
