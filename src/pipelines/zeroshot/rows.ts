/** The rows to judge: whole texts with a label, or terms of a dataset with their polarity. */
import { hashesOfDataset } from '../../runs/dataset-hashes.js';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import { readDataset } from '../../data/benchmark/dataset.js';
import { findReviews } from '../../data/reviews/find.js';
import type { BadReview } from '../../data/reviews/reviews.js';
import { CLASSES, readLabelledTexts, type SentimentClass } from '../../data/reviews/labelled.js';
import { FsaError } from '../../errors.js';
import { hashFile } from '../../storage/digest.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import type { Work } from '../run/run-handle.js';
import { readAnnotatedFile } from '../sources/annotated-file.js';

export interface ZeroshotRow {
  readonly id: string;
  readonly text: string;
  /** Null where the whole text is judged. */
  readonly term: string | null;
  readonly label: SentimentClass;
  readonly answer: string | null;
}

export interface ZeroshotData {
  readonly rows: readonly ZeroshotRow[];
  readonly leftOut: number;
  /** Those that occur. */
  readonly classes: readonly SentimentClass[];
  readonly hashes: Readonly<Record<string, string>>;
}

/** An analysis, as opposed to a rewriting. */
const ANALYSIS = /^\s*Opinion Target/;

/** @throws FsaError DATA, USAGE */
export async function readZeroshotRows(
  { zeroshot }: Config,
  cwd: string,
  work: Pick<Work, 'emit' | 'signal'>,
): Promise<ZeroshotData> {
  const { data, level, limit, teacher } = zeroshot;
  if (data.length === 0) {
    throw new FsaError('USAGE', 'No data are named.', {
      advice: 'Name files with text and label or stars (--data), or datasets with --level term.',
    });
  }
  const hashes: Record<string, string> = {};
  const rows: ZeroshotRow[] = [];
  const bad: BadReview[] = [];
  let leftOut = 0;
  const all = level === 'text' ? textRows(data, cwd, work.signal, hashes) : termRows(data, cwd, work, hashes);
  for await (const row of all) {
    if (row !== null && 'reason' in row) {
      bad.push(row);
      leftOut += 1;
    } else if (row === null || (teacher === 'corpus' && !ANALYSIS.test(row.answer ?? ''))) leftOut += 1;
    else if (limit === null || rows.length < limit) rows.push(row);
  }
  const [first] = bad;
  if (first !== undefined) {
    const reasons = [...new Set(bad.map(({ reason }) => reason))];
    const counts = reasons.map((name) => `${bad.filter(({ reason }) => reason === name).length} ${name}`);
    const where = `${first.file}:${first.line}: ${first.reason}`;
    const message = `Rows left out: ${counts.join(', ')}; the first: ${where}.`;
    work.emit({ type: 'warning', message, where: null });
  }
  if (rows.length === 0) {
    throw new FsaError('DATA', 'No row can be judged.', {
      where: data.join(', '),
      advice:
        teacher === 'corpus'
          ? 'With --teacher corpus, rows need an analysis that is stored beside the review, and stars or a label.'
          : 'Rows need a text, and stars (Overall, stars, rating) or a label (negative, neutral, positive).',
    });
  }
  const classes = CLASSES.filter((one) => rows.some(({ label }) => label === one));
  return { rows, leftOut, classes, hashes };
}

async function* textRows(
  data: readonly string[],
  cwd: string,
  signal: AbortSignal,
  hashes: Record<string, string>,
): AsyncGenerator<ZeroshotRow | BadReview | null> {
  for (const file of await findReviews(data, cwd)) {
    hashes[file] = await hashFile(file, signal);
    for await (const row of readLabelledTexts(file, { signal }))
      yield row === null || 'reason' in row ? row : { ...row, term: null };
  }
}

async function* termRows(
  data: readonly string[],
  cwd: string,
  work: Pick<Work, 'emit' | 'signal'>,
  hashes: Record<string, string>,
): AsyncGenerator<ZeroshotRow | null> {
  for (const spec of data) {
    for (const { id, sentence, aspects } of await readTestSet(spec, cwd, work, hashes)) {
      const seen = new Set<string>();
      for (const { term, polarity } of aspects) {
        const label = CLASSES.find((one) => one === polarity);
        const key = JSON.stringify([term, polarity]);
        if (term === null || label === undefined || seen.has(key)) yield null;
        else yield { id: `${id} ${term}`, text: sentence, term, label, answer: null };
        seen.add(key);
      }
    }
  }
}

/** The test sentences of a dataset, or all of one annotated file. */
async function readTestSet(
  spec: string,
  cwd: string,
  work: Pick<Work, 'emit' | 'signal'>,
  hashes: Record<string, string>,
): Promise<readonly BenchmarkExample[]> {
  const path = resolve(cwd, spec);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    hashes[path] = await hashFile(path, work.signal);
    return (await readAnnotatedFile(path, work)).examples;
  }
  const { test, files, name } = await readDataset(spec, { cwd });
  Object.assign(hashes, hashesOfDataset(name, files));
  return test;
}
