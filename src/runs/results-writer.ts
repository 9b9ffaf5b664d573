/**
 * Writes results.json, sealed, again and again as cells finish: each cell is put into words once, and between
 * some of them everybody else has a turn. The bytes are those of `writeJsonAtomic(path, seal(results))`.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { writeFileAtomic } from '../storage/atomic-write.js';
import { toCanonicalJson } from '../storage/digest.js';
import type { CellResult, ResultsFile } from './types.js';

interface Words {
  /** As the seal counts it. */
  readonly canonical: string;
  /** As it stands in the file. */
  readonly text: string;
}

/** Entries put into words or written in a row. */
const AT_ONCE = 64;

export class ResultsWriter {
  readonly #words = new WeakMap<CellResult, Words>();

  constructor(private readonly path: string) {}

  async write(results: ResultsFile): Promise<void> {
    await writeFileAtomic(this.path, this.#contentOf(results));
  }

  async *#contentOf({ schema, cells, missing }: ResultsFile): AsyncGenerator<string> {
    const hash = createHash('sha256');
    // As `toCanonicalJson` has an object: pairs of key and value in the order of the alphabet.
    hash.update('[["cells",');
    yield `{\n  "schema": ${schema},\n  "cells": `;
    yield* writeList(cells, (cell) => this.#wordsOf(cell), hash);
    hash.update('],["missing",');
    yield ',\n  "missing": ';
    yield* writeList(missing, putIntoWords, hash);
    hash.update(`],["schema",${schema}]]`);
    yield `,\n  "sha256": "${hash.digest('hex')}"\n}\n`;
  }

  #wordsOf(cell: CellResult): Words {
    const known = this.#words.get(cell);
    if (known !== undefined) return known;
    const words = putIntoWords(cell);
    this.#words.set(cell, words);
    return words;
  }
}

function putIntoWords(entry: object): Words {
  const text = `\n${JSON.stringify(entry, null, 2)}`.replaceAll('\n', '\n    ');
  return { canonical: toCanonicalJson(entry), text };
}

async function* writeList<T>(
  entries: readonly T[],
  wordsOf: (entry: T) => Words,
  hash: { update(text: string): unknown },
): AsyncGenerator<string> {
  hash.update('[');
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    const words = entries.slice(start, start + AT_ONCE).map(wordsOf);
    const comma = start === 0 ? '' : ',';
    hash.update(comma + words.map(({ canonical }) => canonical).join(','));
    yield (start === 0 ? '[' : ',') + words.map(({ text }) => text).join(',');
    await setImmediate();
  }
  hash.update(']');
  yield entries.length === 0 ? '[]' : '\n  ]';
}
