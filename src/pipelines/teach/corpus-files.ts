/**
 * The corpus as `fsa distill` reads it, made from the answer log alone: the same bytes whatever interrupted the
 * asking, and anew with other filters at no cost.
 */
import { glob } from 'tinyglobby';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { TextWriter } from '../../data/formats/text-writer.js';
import { selectReviews, type SelectOptions } from '../../data/reviews/select.js';
import type { AnswerIndex } from '../../teacher/answers/answer-index.js';
import { filterAnswer, type FilterName } from '../../teacher/filters/filter-answer.js';
import type { KindQuestions } from './items.js';

export interface FilterCount {
  /** Answers in which the filter found something, and those it dropped. */
  readonly found: number;
  readonly dropped: number;
  /** Of all answers of the kind. */
  readonly share: number;
  /** Ids of the first rows. */
  readonly examples: readonly string[];
}

export interface KindCorpus {
  readonly answers: number;
  /** Reviews without an answer (yet). */
  readonly unanswered: number;
  readonly kept: number;
  readonly files: readonly string[];
  readonly filters: Readonly<Partial<Record<FilterName, FilterCount>>>;
}

const EXAMPLES_KEPT = 3;

export interface CorpusParts {
  readonly folder: string;
  readonly config: Config;
  readonly reviewFiles: readonly string[];
  readonly select: SelectOptions;
  readonly rejected: TextWriter;
}

/** Writes the files of one kind, `corpus/<kind>/<domain>/v0.json` and so on, and takes old ones away. */
export async function writeKindCorpus(
  questions: KindQuestions,
  index: AnswerIndex,
  { folder, config, reviewFiles, select, rejected }: CorpusParts,
): Promise<KindCorpus> {
  const { shardRows, answerField, filters, domain } = config.teach;
  const { kind } = questions;
  const place = join(folder, 'corpus', kind, domain);
  const counts = new FilterCounts();
  const files: string[] = [];
  let writer: TextWriter | null = null;
  let [answers, unanswered, kept] = [0, 0, 0];
  try {
    for await (const review of selectReviews(reviewFiles, select)) {
      const record = await index.read(questions.keyOf(review));
      if (record === null) {
        unanswered += 1;
        continue;
      }
      answers += 1;
      const { id, text, stars } = review;
      const input = { kind, review: text, stars, answer: record.text, finish: record.finish };
      const filtered = filterAnswer(input, filters);
      counts.add(filtered.found, filtered.dropped, id);
      if (filtered.text === null) {
        await rejected.write(
          `${JSON.stringify({ kind, id, reason: filtered.dropped, text, answer: record.text })}\n`,
        );
        continue;
      }
      if (kept % shardRows === 0) {
        await writer?.finish();
        const path = join(place, `v${kept / shardRows}.json`);
        writer = await TextWriter.create(path);
        files.push(path);
      }
      const row = { ID: id, Text: text, Overall: stars, [answerField]: filtered.text };
      await writer?.write(`${JSON.stringify(row)}\n`);
      kept += 1;
    }
    await writer?.finish();
  } catch (error) {
    await writer?.discard();
    throw error;
  }
  for (const old of await glob('v*.json', { cwd: place, absolute: true })) {
    if (!files.includes(old)) await rm(old);
  }
  return { answers, unanswered, kept, files, filters: counts.of(answers) };
}

class FilterCounts {
  readonly #counts = new Map<FilterName, { found: number; dropped: number; examples: string[] }>();

  add(found: readonly FilterName[], dropped: FilterName | null, id: string): void {
    for (const name of found) {
      const count = this.#counts.get(name) ?? { found: 0, dropped: 0, examples: [] };
      count.found += 1;
      if (name === dropped) count.dropped += 1;
      if (count.examples.length < EXAMPLES_KEPT) count.examples.push(id);
      this.#counts.set(name, count);
    }
  }

  of(answers: number): Partial<Record<FilterName, FilterCount>> {
    return Object.fromEntries(
      [...this.#counts].map(([name, count]) => [name, { ...count, share: count.found / answers }]),
    );
  }
}
