import { relative } from 'node:path';
import { placeOfFinding } from '../../data/formats/findings.js';
import type { DataCheckResult, DataStatsResult } from '../../index.js';
import { goldDiffers, partsTable } from '../../pipelines/data/stats-result.js';
import { printableLine, tellApart } from '../../printable.js';
import { describeReach } from '../../report/reach-words.js';
import { unreachableWords } from './score.js';
import { formatTable } from './table.js';

type DatasetReach = NonNullable<DataStatsResult['datasets'][number]['reach']>;

/** Findings shown on the terminal; `--json` has them all. */
const MOST_SHOWN = 50;

export function formatCheck(result: DataCheckResult): string {
  const shown = result.findings.slice(0, MOST_SHOWN).map((finding) => {
    const place = placeOfFinding(finding, shorten(finding.file));
    return `${place}: ${finding.severity}: ${finding.message}`;
  });
  const hidden = result.errors + result.warnings - shown.length;
  const rows = result.files.map((file) => [
    shorten(file.file),
    file.task === null ? file.kind : `${file.kind} (${file.task})`,
    ...[file.rows, file.passed, file.errors, file.warnings].map(String),
  ]);
  const written = result.files
    .flatMap(({ passedFile, rejectedFile }) => [passedFile, rejectedFile])
    .filter((path) => path !== null);
  return [
    ...shown,
    ...(hidden > 0 ? [`… and ${hidden} more; --json shows up to a thousand per file.`] : []),
    formatTable(['file', 'kind', 'rows', 'passed', 'errors', 'warnings'], rows),
    ...unreachable(result),
    ...result.files.flatMap(({ file, reach }) => {
      const told = reach === null ? null : describeReach({ gold: reach });
      return told === null ? [] : [`${shorten(file)}: ${told}`];
    }),
    ...written.map((path) => `written: ${path}`),
  ].join('\n');
}

function unreachable({ files }: DataCheckResult): string[] {
  const count = files.reduce((sum, file) => sum + file.unreachableGold, 0);
  const others = files.reduce((sum, file) => sum + file.otherForms, 0);
  return [
    ...(count === 0 ? [] : [`${unreachableWords(count)}.`]),
    ...(others === 0
      ? []
      : [
          `${others} gold ${others === 1 ? 'tuple has' : 'tuples have'} another form under the tokenizers of T5 models (NFKC, single spaces): --model asks one, eval.compare=tokenizer-normalised compares in its form.`,
        ]),
  ];
}

/** The path from the working folder, where that is the shorter one. */
export function shorten(path: string): string {
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
}

export function formatStats({ datasets, corpus, tokens, htmlFile }: DataStatsResult): string {
  const parts: string[] = [];
  for (const { task, name, parts: list, reach } of datasets) {
    const { head, rows } = partsTable(list);
    const cells = rows.map((row) => row.map(String));
    parts.push(formatTable([`${task}/${name}`, ...head.slice(1)], cells));
    if (goldDiffers(list))
      parts.push('gold: what eval and score count; an aspect that a sentence repeats is one tuple.');
    const categories =
      list
        .at(-1)
        ?.categories.slice(0, 10)
        .map(({ category, count }) => `${category} ${count}`) ?? [];
    if (categories.length > 0) parts.push(`categories: ${categories.join(', ')}`);
    if (reach !== null) parts.push(formatReach(reach));
  }
  if (corpus !== null) {
    const rows = (['textWords', 'answerWords', 'textCharacters', 'answerCharacters'] as const).map((key) => {
      const { mean, median, p95, maximum } = corpus[key];
      return [
        key.replace(/([A-Z])/g, ' $1').toLowerCase(),
        mean.toFixed(1),
        ...[median, p95, maximum].map(String),
      ];
    });
    parts.push(
      `corpus: ${corpus.rows} rows in ${corpus.files} ${corpus.files === 1 ? 'file' : 'files'}, ${corpus.skipped} bad rows`,
    );
    parts.push(formatTable(['', 'mean', 'median', '95 %', 'longest'], rows));
    parts.push(`stars: ${countsOf(corpus.stars)}`, `teachers: ${countsOf(corpus.answerFields)}`);
  }
  if (tokens !== null) {
    const share = (cut: number): string => `${((100 * cut) / Math.max(1, tokens.rows)).toFixed(2)} %`;
    parts.push(
      `tokens of ${tokens.model}: reviews ${tokens.meanInput.toFixed(1)} on average, ${share(tokens.cutInputs)} cut at ${tokens.maxInputTokens}; answers ${tokens.meanTarget.toFixed(1)}, ${share(tokens.cutTargets)} cut at ${tokens.maxTargetTokens} (averages after the cut)`,
    );
  }
  if (htmlFile !== null) parts.push(`page: ${htmlFile}`);
  return parts.join('\n\n');
}

function formatReach({ model, maxInputTokens, splits }: DatasetReach): string {
  const rows = Object.entries(splits).map(([split, part]) => [
    split,
    ...[part.inputTokens, part.targetTokens].flatMap(({ median, p95, maximum }) =>
      [median, p95, maximum].map(String),
    ),
    ...[part.cutInputs, part.tuplesBehindCut].map(String),
    `${part.survivingTargets} of ${part.targets}`,
    part.ceilingF1 === null ? '–' : (100 * part.ceilingF1).toFixed(2),
  ]);
  const head = [
    'input',
    '95 %',
    'longest',
    'target',
    '95 %',
    'longest',
    'cut',
    'behind cut',
    'targets survive',
    'F1 at most',
  ];
  const lost = Object.values(splits).flatMap((part) => part.lost);
  const shown = lost
    .slice(0, 3)
    .map(
      ({ id, target, written }) => `${printableLine(id)}: ${tellApart(target, written).join(' becomes ')}`,
    );
  return [
    `tokens of ${model} (median, 95 %, longest), inputs cut at ${maxInputTokens}:`,
    formatTable(['part', ...head], rows),
    ...shown,
  ].join('\n');
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
