/** A report as JUnit XML: a test case per planned cell, so that CI shows what is missing. */
import { formatPoints, formatShare } from './format.js';
import { LONE_SURROGATE } from '../printable.js';
import type { CellLine, GateOutcome, MissingLine, Report } from './types.js';

export function toJunit(report: Report): string {
  const suites = report.tasks.flatMap(({ task }) => {
    const done = report.cells.filter((cell) => cell.task === task);
    const missing = report.missing.filter((cell) => cell.task === task);
    return [
      `  <testsuite name="${escapeXml(task)}" tests="${done.length + missing.length}" failures="${missing.length}" errors="0" time="${timeOf(done)}">`,
      ...done.map(passedCase),
      ...missing.map(failedCase),
      '  </testsuite>',
    ];
  });
  const { gates } = report;
  const unmet = gates.filter(({ passed }) => !passed).length;
  const tests = report.cells.length + report.missing.length + gates.length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(report.title)}" tests="${tests}" failures="${report.missing.length + unmet}" errors="0" time="${timeOf(report.cells)}">`,
    ...suites,
    ...gateSuite(gates, unmet),
    '</testsuites>',
    '',
  ].join('\n');
}

function gateSuite(gates: readonly GateOutcome[], unmet: number): string[] {
  if (gates.length === 0) return [];
  const cases = gates.flatMap(({ gate, model, dataset, passed, message }) => [
    `    <testcase classname="${escapeXml(`gates.${dataset}`)}" name="${escapeXml(`${gate}: ${model}`)}" time="0">`,
    passed
      ? `      <system-out>${escapeXml(message)}</system-out>`
      : `      <failure message="${escapeXml(message)}" type="gate"/>`,
    '    </testcase>',
  ]);
  const head = `  <testsuite name="gates" tests="${gates.length}" failures="${unmet}" errors="0" time="0.000">`;
  return [head, ...cases, '  </testsuite>'];
}

/** Text for XML content and attributes; characters that XML 1.0 forbids are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(/[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[<>&"'\t\n\r]/g, (sign) => `&#${sign.codePointAt(0) ?? 0};`);
}

function passedCase(cell: CellLine): string {
  const scores = Object.entries(cell.f1)
    .filter((entry): entry is [string, number] => entry[1] !== null)
    .map(([subset, points]) => `F1 ${subset} ${formatPoints(points)}`);
  return [
    `    <testcase ${nameOf(cell)} time="${cell.seconds.toFixed(3)}">`,
    `      <system-out>${escapeXml(scores.join(', '))}</system-out>`,
    '    </testcase>',
  ].join('\n');
}

function failedCase(cell: MissingLine): string {
  return [
    `    <testcase ${nameOf(cell)} time="0">`,
    `      <failure message="${escapeXml(cell.reason)}" type="missing"/>`,
    '    </testcase>',
  ].join('\n');
}

function nameOf({ task, dataset, model, seed, trainShare }: CellLine | MissingLine): string {
  const share = trainShare === 1 ? '' : `, ${formatShare(trainShare)} of the training data`;
  return `classname="${escapeXml(`${task}.${dataset}`)}" name="${escapeXml(`${model}, seed ${seed}${share}`)}"`;
}

function timeOf(cells: readonly CellLine[]): string {
  return cells.reduce((sum, cell) => sum + cell.seconds, 0).toFixed(3);
}
