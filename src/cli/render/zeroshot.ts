import type { ZeroshotResult } from '../../index.js';
import { printable } from '../../printable.js';
import { formatTable } from './table.js';
import { formatDuration, formatUsd } from '../../report/event-words.js';

/** One row a system, then who differs from whom, and what the stored answers give read in other ways. */
export function formatZeroshot(result: ZeroshotResult): string {
  const { classes, systems, tests, verdictRules, rows, leftOut, level } = result;
  const table = formatTable(
    [
      level,
      'accuracy',
      'balanced',
      'macro F1',
      ...classes.map((one) => `${one} (right/all)`),
      'no answer',
      'time',
      'cost',
    ],
    systems.map((system) => [
      printable(system.name),
      ...[system.accuracy, system.balancedAccuracy, system.macroF1].map(inPoints),
      ...classes.map((one) => {
        const row = system.confusion[one] ?? {};
        return `${row[one] ?? 0}/${Object.values(row).reduce((sum, count) => sum + count, 0)}`;
      }),
      String(system.unanswered),
      system.seconds === null ? '–' : formatDuration(system.seconds),
      system.usd === null ? '–' : formatUsd(system.usd),
    ]),
  );
  const lines = [table, `${rows} rows judged${leftOut === 0 ? '' : `, ${leftOut} left out`}.`];
  for (const { first, second, difference, p } of tests) {
    const points = `${difference >= 0 ? '+' : ''}${(100 * difference).toFixed(1)}`;
    lines.push(
      `${printable(first)} against ${printable(second)}: ${points} points of accuracy, p = ${p.toFixed(4)} (paired sign-flip test)`,
    );
  }
  if (verdictRules.length > 0) {
    const read = verdictRules.map(({ rule, right, accuracy, balancedAccuracy }) => [
      rule,
      `${right}/${rows}`,
      inPoints(accuracy),
      inPoints(balancedAccuracy),
    ]);
    lines.push(
      '',
      'The stored answers, read by',
      formatTable(['rule', 'right', 'accuracy', 'balanced'], read),
    );
  }
  return lines.join('\n');
}

const inPoints = (share: number): string => (100 * share).toFixed(1);
