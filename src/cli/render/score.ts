import type { Metrics, ScoreResult } from '../../index.js';
import { printableLine } from '../../printable.js';
import { COUNTS } from '../../report/count-notes.js';
import { describeReach } from '../../report/reach-words.js';
import { countCauses, describeCauses } from '../../report/why.js';
import { formatTable } from './table.js';

/** So many sentences are named. */
const SHOWN_ROWS = 10;

/** One row per subset, in points, with the counts behind them; the literature's count where it differs. */
export function formatScore(result: ScoreResult): string {
  const { task, subsets, literature, analysis, duplicates, unreachableGold, sentences } = result;
  const rule =
    duplicates === 'each'
      ? 'A repeated tuple counts each time, as published.'
      : 'A repeated tuple counts once.';
  const lines = [scoreTable(task, subsets), rule];
  if (analysis.all !== undefined) lines.push(`Why: ${describeCauses(countCauses(analysis.all))}.`);
  const counting = literature.all?.counting;
  if (counting !== undefined && figuresOf(literature) !== figuresOf(subsets)) {
    lines.push(`The same predictions by ${COUNTS[counting]}:`, scoreTable(task, literature));
  }
  if (unreachableGold > 0) {
    const rows = sentences.filter(({ unreachable }) => unreachable > 0).map(({ id }) => id);
    lines.push(`${unreachableWords(unreachableGold)}: ${firstOf(rows)}.`);
  }
  return [...lines, ...formWords(result)].join('\n');
}

/** What forms of characters and spaces, or the tokenizer that was asked, cost. */
function formWords({ task, compare, reach, otherForms }: ScoreResult): string[] {
  const told = reach === null ? null : describeReach({ gold: reach });
  const normalised =
    compare === 'exact' ? [] : [`Gold was compared as the tokenizer writes it (${compare}).`];
  if (told !== null) return [...normalised, told];
  if (otherForms === null) return normalised;
  const { tuples, ids, subsets } = otherForms;
  const them = tuples === 1 ? 'it' : 'them';
  return [
    `${tuples} gold ${tuples === 1 ? 'tuple holds' : 'tuples hold'} spaces or forms of characters that the tokenizers of T5 models write otherwise (NFKC, single spaces), so that such a model never finds ${them}: ${firstOf(ids)}.`,
    'With both sides in that form (--model and --compare tokenizer-normalised ask a tokenizer itself):',
    scoreTable(task, subsets),
  ];
}

/** The first names of a list, and how many more there are. */
function firstOf(ids: readonly string[]): string {
  const more = ids.length > SHOWN_ROWS ? ` and ${ids.length - SHOWN_ROWS} more` : '';
  return `${ids.slice(0, SHOWN_ROWS).map(printableLine).join(', ')}${more}`;
}

/** Said wherever gold is counted. */
export function unreachableWords(count: number): string {
  const tuples = count === 1 ? 'tuple' : 'tuples';
  return `${count} gold ${tuples} cannot be written as a target that reads back, counted as gold and never found`;
}

function scoreTable(task: string, subsets: ScoreResult['subsets']): string {
  const rows = Object.entries(subsets).map(([name, metrics]) => [
    name,
    ...[metrics.precision, metrics.recall, metrics.f1].map(inPoints),
    ...[metrics.correct, metrics.predicted, metrics.gold, metrics.sentences, metrics.malformed].map(String),
  ]);
  const head = ['precision', 'recall', 'F1', 'correct', 'predicted', 'gold', 'sentences', 'malformed'];
  return formatTable([task, ...head], rows);
}

function inPoints(figure: number | null): string {
  return figure === null ? '–' : (100 * figure).toFixed(2);
}

/** What a reader sees of scores, to tell whether two counts agree. */
function figuresOf(subsets: ScoreResult['subsets']): string {
  return JSON.stringify(
    Object.values(subsets).map(({ precision, recall, f1, correct, gold }: Metrics) => [
      ...[precision, recall, f1].map(inPoints),
      correct,
      gold,
    ]),
  );
}
