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
import {
  type Filtered,
  filterAnswer,
  filterGrade,
  type FilterName,
} from '../../teacher/filters/filter-answer.js';
import type { Review } from '../../data/reviews/reviews.js';
import type { AnsweredRecord } from '../../teacher/answers/records.js';
import type { KindQuestions } from './items.js';
import type { JudgeQuestions } from './judge.js';

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
  /** What a second model thinks of the answers that the other filters keep; null where it gave no grade. */
  readonly grades: Grades | null;
}

export interface Grades {
  readonly graded: number;
  readonly mean: number;
  /** How many got each, by the grade as it was given. */
  readonly counts: Readonly<Record<string, number>>;
}

const EXAMPLES_KEPT = 3;

export interface CorpusParts {
  readonly folder: string;
  readonly config: Config;
  readonly reviewFiles: readonly string[];
  readonly select: SelectOptions;
  readonly rejected: TextWriter;
  /** Who grades, and the grades so far; null where nobody does. */
  readonly judging: { readonly questions: JudgeQuestions; readonly index: AnswerIndex } | null;
}

/** Writes the files of one kind, `corpus/<kind>/<domain>/v0.json` and so on, and takes old ones away. */
export async function writeKindCorpus(
  questions: KindQuestions,
  index: AnswerIndex,
  parts: CorpusParts,
): Promise<KindCorpus> {
  const { folder, config, reviewFiles, select, rejected } = parts;
  const { shardRows, answerField, domain } = config.teach;
  const { kind } = questions;
  const place = join(folder, 'corpus', kind, domain);
  const counts = new FilterCounts();
  const grades = new GradeCounts();
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
      const filtered = await filterOne(review, record, { ...parts, questions, grades });
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
  return { answers, unanswered, kept, files, filters: counts.of(answers), grades: grades.all() };
}

async function filterOne(
  review: Review,
  { text: answer, finish }: AnsweredRecord,
  {
    config,
    judging,
    questions,
    grades,
  }: CorpusParts & { readonly questions: KindQuestions; readonly grades: GradeCounts },
): Promise<Filtered> {
  const { text, stars } = review;
  const { filters, judge } = config.teach;
  const filtered = filterAnswer({ kind: questions.kind, review: text, stars, answer, finish }, filters);
  if (judging === null || filtered.text === null) return filtered;
  const score = await judging.questions.scoreOf(review, filtered.text, judging.index);
  grades.add(score);
  return filterGrade(filtered, score, judge.minScore);
}

class GradeCounts {
  readonly #counts = new Map<number, number>();

  add(score: number | null): void {
    if (score !== null) this.#counts.set(score, (this.#counts.get(score) ?? 0) + 1);
  }

  all(): Grades | null {
    const counts = [...this.#counts].sort(([a], [b]) => a - b);
    const graded = counts.reduce((sum, [, count]) => sum + count, 0);
    if (graded === 0) return null;
    const mean = counts.reduce((sum, [score, count]) => sum + score * count, 0) / graded;
    return { graded, mean, counts: Object.fromEntries(counts) };
  }
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
