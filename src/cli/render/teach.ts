import { relative } from 'node:path';
import type { TeachResult } from '../../index.js';
import { printable } from '../../printable.js';
import { formatTable } from './table.js';
import { keptNothing } from '../../pipelines/teach/types.js';
import { formatDuration, formatUsd, grouped, spentWords } from '../../report/event-words.js';

/** What a corpus came to, or what it would take. */
export function formatTeach(result: TeachResult): string {
  if (result.exported !== null) {
    const { file, requests } = result.exported;
    return `${grouped(requests)} questions written, none asked: ${relative(process.cwd(), file)}`;
  }
  return result.corpusFolder === null ? formatPlan(result.plan) : formatCorpus(result, result.corpusFolder);
}

function formatPlan(plan: TeachResult['plan']): string {
  const skipped = Object.entries(plan.skipped).map(([reason, count]) => `${reason} ${grouped(count)}`);
  const { secondsAtLimits, judge } = plan;
  const lines = [
    `reviews    ${grouped(plan.reviews)}${skipped.length === 0 ? '' : ` (passed over: ${skipped.join(', ')})`}`,
    ...plan.examples.map((example) => `           ${printable(example)}`),
    `questions  ${grouped(plan.questions)}`,
    `tokens in  ${rangeOf(plan.inputTokens)}`,
    `tokens out ${rangeOf(plan.outputTokens)}`,
    ...(judge === null
      ? []
      : [
          `grades in  ${rangeOf(judge.inputTokens)} tokens`,
          `grades out ${rangeOf(judge.outputTokens)} tokens`,
        ]),
    `cost       ${costOf(plan)}`,
    secondsAtLimits === null
      ? 'time       known after the first answers: no limit is set'
      : `time       at least ${formatDuration(secondsAtLimits)} at the limits set`,
  ];
  for (const [kind, question] of Object.entries(plan.firstQuestions)) {
    lines.push('', `The first question (${kind}):`);
    for (const { role, content } of question.messages) {
      lines.push(`--- ${role}`, ...content.split('\n').map(printable));
    }
  }
  return [...lines, '', 'Nothing was asked: this was a dry run.'].join('\n');
}

function costOf({ usd, priceSource }: TeachResult['plan']): string {
  if (usd === null) return 'unknown: set llm.price.input and llm.price.output';
  const price = `(price: ${priceSource ?? ''})`;
  return usd.most === 0 ? `nothing ${price}` : `${formatUsd(usd.least)} to ${formatUsd(usd.most)} ${price}`;
}

function formatCorpus({ kinds, costs, failures, plan }: TeachResult, corpusFolder: string): string {
  const rows = Object.entries(kinds).map(([kind, { answers, kept, unanswered }]) => [
    kind,
    ...[plan.reviews, answers, kept, unanswered].map(grouped),
  ]);
  const filters = Object.entries(kinds).flatMap(([kind, corpus]) =>
    Object.entries(corpus.filters).map(([name, { found, dropped, share, examples }]) => [
      kind,
      name,
      `${grouped(found)} (${(100 * share).toFixed(1)} %)`,
      grouped(dropped),
      examples.map(printable).join(', '),
    ]),
  );
  const grades = Object.entries(kinds).flatMap(([kind, { grades: given }]) =>
    given === null
      ? []
      : [
          [
            kind,
            grouped(given.graded),
            given.mean.toFixed(2),
            ...[1, 2, 3, 4, 5].map((at) => countAt(given.counts, at)),
          ],
        ],
  );
  const failed = Object.entries(failures).map(
    ([reason, count]) => `${grouped(count)} × ${printable(reason)}`,
  );
  const spent = (costs === null ? null : spentWords(costs)) ?? 'no price is known';
  return [
    formatTable(['kind', 'reviews', 'answers', 'kept', 'without answer'], rows),
    ...(filters.length === 0
      ? []
      : ['', formatTable(['kind', 'filter', 'found in', 'dropped', 'first'], filters)]),
    ...(grades.length === 0
      ? []
      : ['', formatTable(['kind', 'graded', 'mean', '1', '2', '3', '4', '5'], grades)]),
    ...(failed.length === 0 ? [] : ['', 'without an answer:', ...failed]),
    '',
    `${spent}, ${grouped(costs?.tokens ?? 0)} tokens`,
    `corpus: ${keptNothing({ kinds }) ? 'none' : relative(process.cwd(), corpusFolder) || '.'}`,
  ].join('\n');
}

/** Grades between whole ones count below. */
function countAt(counts: Readonly<Record<string, number>>, grade: number): string {
  const found = Object.entries(counts).filter(([score]) => Math.floor(Number(score)) === grade);
  return grouped(found.reduce((sum, [, count]) => sum + count, 0));
}

const rangeOf = ({ least, most }: { least: number; most: number }): string =>
  `${grouped(least)} to ${grouped(most)}`;
