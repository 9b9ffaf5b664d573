/** Counts as in the paper's tables, and what corpora look like. */
import { POLARITIES, type Task } from '../../tasks/vocabulary.js';
import { type ReadCorpusOptions, readCorpus } from '../corpus/corpus.js';
import { type Dataset, subsetsOf } from '../benchmark/dataset.js';
import { taskNamed } from '../../tasks/registry.js';
import type { BenchmarkAspect, BenchmarkExample } from '../../tasks/example.js';
import { type ReadingProgress, readingTeller } from '../formats/reading-progress.js';
import { type Distribution, Lengths } from './lengths.js';

/** One part of a dataset. */
export interface PartStats {
  readonly part: 'train' | 'dev' | 'test' | 'hard' | 'all' | 'file';
  readonly sentences: number;
  readonly withoutAspects: number;
  /** With a term (atsa) or a category (acsa). */
  readonly aspects: number;
  /** What eval and score count: an aspect annotated twice in a sentence is one where the task says so. */
  readonly goldTuples: number;
  readonly polarities: Readonly<Record<string, number>>;
  /** Most frequent first. */
  readonly categories: readonly { readonly category: string; readonly count: number }[];
  /** Sentences of the subset; null for parts that are not tested. */
  readonly implicit: number | null;
  readonly multiple: number | null;
  readonly words: Distribution;
  readonly characters: Distribution;
}

/** Counts of train, dev, test, hard (where there is one) and all of the test set. */
export function datasetStats(dataset: Dataset): PartStats[] {
  const { train, dev, test, testCount } = dataset;
  const tested = test.map((example, index) => ({ example, subsets: subsetsOf(dataset, index) }));
  const testPart = (part: 'test' | 'hard' | 'all'): PartStats => {
    const rows = tested.filter((row) => row.subsets.includes(part));
    const count = (subset: 'implicit' | 'multiple'): number =>
      rows.filter((row) => row.subsets.includes(subset)).length;
    const stats = partStats(
      part,
      rows.map((row) => row.example),
      dataset,
    );
    return { ...stats, implicit: count('implicit'), multiple: count('multiple') };
  };
  return [
    partStats('train', train, dataset),
    partStats('dev', dev, dataset),
    testPart('test'),
    ...(testCount < test.length ? [testPart('hard'), testPart('all')] : []),
  ];
}

/** The same counts over the examples of one file. */
export function fileStats(
  examples: readonly BenchmarkExample[],
  task: Task,
  polarities: readonly string[] = POLARITIES,
): PartStats {
  return partStats('file', examples, { task, polarities });
}

function partStats(
  part: PartStats['part'],
  examples: readonly BenchmarkExample[],
  { task, polarities }: Pick<Dataset, 'task' | 'polarities'>,
): PartStats {
  const words = new Lengths();
  const characters = new Lengths();
  const counts = new Map(polarities.map((name) => [name, 0]));
  const categories = new Map<string, number>();
  const hasAnswer = answersTo(task);
  const { goldTuples } = taskNamed(task);
  let aspects = 0;
  let gold = 0;
  let withoutAspects = 0;
  for (const example of examples) {
    const { sentence, aspects: all } = example;
    gold += goldTuples(example).length;
    words.add(countWords(sentence));
    characters.add(sentence.length);
    const counted = all.filter((aspect) => hasAnswer(aspect));
    if (counted.length === 0) withoutAspects++;
    aspects += counted.length;
    for (const { polarity, category } of counted) {
      counts.set(polarity, (counts.get(polarity) ?? 0) + 1);
      if (category !== null) categories.set(category, (categories.get(category) ?? 0) + 1);
    }
  }
  return {
    part,
    sentences: examples.length,
    withoutAspects,
    aspects,
    goldTuples: gold,
    polarities: Object.fromEntries(counts),
    categories: [...categories]
      .map(([category, count]) => ({ category, count }))
      .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1)),
    implicit: null,
    multiple: null,
    words: words.distribution(),
    characters: characters.distribution(),
  };
}

/** Whether an aspect becomes a tuple of the task: it has what the tuple begins with, or that may be implicit. */
function answersTo(task: Task): (aspect: BenchmarkAspect) => boolean {
  const { elements, implicit } = taskNamed(task);
  const [first = 'polarity'] = elements;
  return (aspect) => (aspect[first] ?? null) !== null || implicit.includes(first);
}

export interface CorpusStats {
  readonly files: number;
  readonly rows: number;
  readonly skipped: number;
  /** Rows per number of stars, as `5` or `none`. */
  readonly stars: Readonly<Record<string, number>>;
  /** Rows per answer field, that is, per teacher. */
  readonly answerFields: Readonly<Record<string, number>>;
  readonly withPrompt: number;
  readonly textWords: Distribution;
  readonly textCharacters: Distribution;
  readonly answerWords: Distribution;
  readonly answerCharacters: Distribution;
}

/** Counts over corpus files, streamed; bad rows are counted as skipped. */
export async function corpusStats(
  files: readonly string[],
  options: Pick<ReadCorpusOptions, 'signal'> & {
    readonly onProgress?: (progress: ReadingProgress) => void;
  } = {},
): Promise<CorpusStats> {
  const lengths = [new Lengths(), new Lengths(), new Lengths(), new Lengths()] as const;
  const stars = new Map<string, number>();
  const answerFields = new Map<string, number>();
  let rows = 0;
  let skipped = 0;
  let withPrompt = 0;
  const { signal } = options;
  const nextFile = await readingTeller(files, options.onProgress);
  for (const file of files) {
    const tell = nextFile();
    let rowsHere = 0;
    const onBytes = (bytes: number): void => tell(rowsHere, bytes);
    for await (const row of readCorpus(file, { signal, onBytes, onBadRow: () => skipped++ })) {
      rows++;
      rowsHere++;
      if (row.prompt !== null) withPrompt++;
      const starred = row.stars === null ? 'none' : String(row.stars);
      stars.set(starred, (stars.get(starred) ?? 0) + 1);
      answerFields.set(row.answerField, (answerFields.get(row.answerField) ?? 0) + 1);
      lengths[0].add(countWords(row.text));
      lengths[1].add(row.text.length);
      lengths[2].add(countWords(row.answer));
      lengths[3].add(row.answer.length);
    }
  }
  return {
    files: files.length,
    rows,
    skipped,
    stars: Object.fromEntries([...stars].sort(([a], [b]) => (a < b ? -1 : 1))),
    answerFields: Object.fromEntries([...answerFields].sort(([, a], [, b]) => b - a)),
    withPrompt,
    textWords: lengths[0].distribution(),
    textCharacters: lengths[1].distribution(),
    answerWords: lengths[2].distribution(),
    answerCharacters: lengths[3].distribution(),
  };
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
