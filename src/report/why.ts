/** The tables of what goes wrong, as every writer shows them: words and numbers, no layout. */
import type { Analysis } from '../scoring/analysis/analyse.js';
import type { PartCounts } from '../scoring/analysis/tallies.js';
import { type Cause, CAUSES } from '../scoring/analysis/causes.js';
import { metricsOf } from '../scoring/metrics.js';
import { formatPoints } from './format.js';
import type { SetAnalysis, TaskReport } from './types.js';

export const CAUSE_WORDS: Readonly<Record<Cause | 'lost', string>> = {
  polarity: 'only the polarity is wrong',
  category: 'the category is wrong',
  boundary: 'term or opinion begins or ends elsewhere',
  opinion: 'other opinion words',
  implicit: 'words on one side, implicit on the other',
  extra: 'predicted, and nothing in gold is near',
  missing: 'in gold, and nothing predicted is near',
  malformed: 'no tuple of the task, or not of words of the sentence',
  lost: 'in gold, and only a malformed piece may have meant it',
};

export const WHY_NOTE =
  'Every wrong tuple has one cause: the first element, in the order of the task, in which it differs from the gold tuple that it comes nearest to. ' +
  'Wrong predictions are polarity to implicit and extra; missed gold tuples are polarity to implicit, missing and lost (in malformed pieces).';

type Place = Pick<SetAnalysis, 'dataset' | 'subset' | 'model' | 'trainShare'>;

/** Causes of a set, per seed. `lost` is gold that was lost in malformed pieces. */
export interface CauseLine extends Place {
  /** Predicted tuples that are not gold, and gold tuples that were not predicted. */
  readonly wrong: number;
  readonly missed: number;
  readonly causes: Readonly<Record<Cause | 'lost', number>>;
}

/** Analyses of the largest share of the training data: the one that charts and tables of causes show. */
export function mainAnalyses({ analyses, rows }: TaskReport): SetAnalysis[] {
  const share = Math.max(...rows.map((row) => row.trainShare));
  return analyses.filter(({ trainShare }) => trainShare === share);
}

export function causeLine({ dataset, subset, model, trainShare, ...rest }: SetAnalysis): CauseLine {
  return { dataset, subset, model, trainShare, ...countCauses(rest.analysis, rest.seeds) };
}

export function countCauses(analysis: Analysis, seeds = 1): Omit<CauseLine, keyof Place> {
  const [wrong, missed] = [tally(analysis.wrong, seeds), tally(analysis.missed, seeds)];
  const causes = Object.fromEntries(
    CAUSES.map((cause) => [cause, cause === 'missing' ? missed(cause) : wrong(cause)]),
  ) as Record<Cause, number>;
  return {
    wrong: sum(analysis.wrong.filter(({ cause }) => cause !== 'malformed')) / seeds,
    missed: sum(analysis.missed) / seeds,
    causes: { ...causes, lost: missed('malformed') },
  };
}

/** Causes that any line has, in their order; `lost` comes last. */
export function causesIn(lines: readonly CauseLine[]): (Cause | 'lost')[] {
  return [...CAUSES, 'lost' as const].filter((cause) => lines.some((line) => line.causes[cause] > 0));
}

/** `12 wrong (polarity 4, extra 8), 9 missed (polarity 4, missing 5), 2 malformed`. */
export function describeCauses({ wrong, missed, causes }: Omit<CauseLine, keyof Place>): string {
  const list = (names: readonly (Cause | 'lost')[]): string => {
    const told = names.filter((cause) => causes[cause] > 0);
    return told.length === 0
      ? ''
      : ` (${told.map((cause) => `${cause} ${formatCount(causes[cause])}`).join(', ')})`;
  };
  const paired = CAUSES.filter((cause) => !['extra', 'missing', 'malformed'].includes(cause));
  return [
    `${formatCount(wrong)} wrong${list([...paired, 'extra'])}`,
    `${formatCount(missed)} missed${list([...paired, 'missing', 'lost'])}`,
    ...(causes.malformed > 0 ? [`${formatCount(causes.malformed)} malformed`] : []),
  ].join(', ');
}

/** A mean count per seed: whole where it is. */
export function formatCount(count: number): string {
  return Number.isInteger(count) ? String(count) : count.toFixed(1);
}

/** Figures of parts of the tuples, a line per part and a column per model, of one set. */
export interface PartTable {
  readonly title: string;
  readonly models: readonly string[];
  readonly rows: readonly { readonly name: string; readonly figures: readonly PartFigures[] }[];
}

export interface PartFigures {
  readonly f1: string;
  readonly precision: string;
  readonly recall: string;
  readonly gold: number;
}

const BY_POLARITY = 'by polarity';

const KINDS: readonly (readonly [title: string, of: (analysis: Analysis) => readonly PartCounts[]])[] = [
  [BY_POLARITY, (one) => one.byPolarity],
  ['by category', (one) => one.byCategory],
  ['by implicit and explicit elements', (one) => one.byForm],
  ['by number of gold tuples in the sentence', (one) => one.byAmount],
  ['of parts of the tuple, compared as sets', (one) => one.parts],
];

/** The tables of one dataset and set; those with nothing to tell are left out. */
export function partTables(analyses: readonly SetAnalysis[]): PartTable[] {
  return KINDS.flatMap(([title, of]) => {
    const columns = analyses.map(({ analysis, seeds }) => ({
      seeds,
      parts: new Map(of(analysis).map((part) => [part.name, part])),
    }));
    const found = analyses.flatMap(({ analysis }) => of(analysis).map(({ name }) => name));
    const names = title === BY_POLARITY ? inOwnOrder(found, analyses) : [...new Set(found)];
    if (names.length === 0) return [];
    const rows = names.map((name) => ({
      name,
      figures: columns.map(({ parts, seeds }) => figuresOf(parts.get(name), seeds)),
    }));
    return [{ title, models: analyses.map(({ model }) => model), rows }];
  });
}

function figuresOf(part: PartCounts | undefined, seeds: number): PartFigures {
  if (part === undefined) return { f1: '–', precision: '–', recall: '–', gold: 0 };
  const { f1, precision, recall } = metricsOf({ ...part, sentences: 0, malformed: 0 }, {});
  return {
    f1: inPoints(f1),
    precision: inPoints(precision),
    recall: inPoints(recall),
    gold: part.gold / seeds,
  };
}

function inPoints(figure: number | null): string {
  return figure === null ? '–' : formatPoints(figure * 100);
}

/** Rows are models and gold labels, columns predicted labels; counts are means per seed. */
export interface ConfusionTable {
  readonly labels: readonly string[];
  readonly rows: readonly {
    readonly model: string;
    readonly gold: string;
    readonly counts: readonly number[];
  }[];
}

/** Null where no tuple has everything but its label right. */
export function confusionTable(analyses: readonly SetAnalysis[]): ConfusionTable | null {
  const labels = inOwnOrder(
    analyses.flatMap(({ analysis }) =>
      analysis.polarityPairs.flatMap(({ gold, predicted }) => [gold, predicted]),
    ),
    analyses,
  );
  if (labels.length === 0) return null;
  const rows = analyses.flatMap(({ model, seeds, analysis }) => {
    const counts = new Map(
      analysis.polarityPairs.map(({ gold, predicted, count }) => [JSON.stringify([gold, predicted]), count]),
    );
    return labels
      .filter((gold) => analysis.polarityPairs.some((pair) => pair.gold === gold))
      .map((gold) => ({
        model,
        gold,
        counts: labels.map((predicted) => (counts.get(JSON.stringify([gold, predicted])) ?? 0) / seeds),
      }));
  });
  return { labels, rows };
}

/** Each label once, as the dataset orders them: a scale is read along its steps. */
function inOwnOrder(labels: readonly string[], analyses: readonly SetAnalysis[]): string[] {
  return [...new Set([...analyses.flatMap(({ polarities }) => polarities), ...labels])].filter((label) =>
    labels.includes(label),
  );
}

function tally(counts: Analysis['wrong'], seeds: number): (cause: Cause) => number {
  return (wanted) => sum(counts.filter(({ cause }) => cause === wanted)) / seeds;
}

function sum(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}
