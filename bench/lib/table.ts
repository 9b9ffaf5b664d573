/** The results as Markdown: what a terminal shows is what the page holds. */
import type { Machine } from './bench.js';
import { GOALS, OVERHEAD_GOALS, reachOf } from './goals.js';
import { markdownTable } from './markdown-table.js';
import type { Line } from './result.js';
import type { Spread } from './statistics.js';
import type { Overhead } from '../scenarios/overhead.js';
import type { ScheduleCost } from '../scenarios/schedule.js';
import { LOADING_MAY_TAKE, type LoadingFacts, type LoadingMark } from '../scenarios/loading.js';
import type { RanksFacts } from '../scenarios/ranks.js';

export interface Facts {
  readonly machine: Machine;
  readonly lines: readonly Line[];
  readonly overhead: Overhead | null;
  readonly schedule: ScheduleCost | null;
  readonly ranks: RanksFacts | null;
  readonly loading: LoadingFacts | null;
  /** One section per curve. */
  readonly curves: readonly string[];
  /** Where a step's time goes, or null where nobody asked. */
  readonly profile: string | null;
  /** Every product of a step and its floor, or null where nobody asked. */
  readonly products: string | null;
  readonly seconds: number;
  /** The system's load over the last minute, before the first and after the last process. */
  readonly load: readonly [number, number];
  readonly command: string;
}

/** The tables under a line of circumstances; null where only curves were measured. */
export function writeTables(facts: Facts): string | null {
  const { lines, overhead, schedule, ranks, loading } = facts;
  const own = [overhead, schedule, ranks, loading];
  if (lines.length === 0 && own.every((one) => one === null)) return null;
  const parts = [describeCircumstances(facts)];
  if (lines.length > 0) parts.push(tableOf(lines), lines.map(describeRun).join('\n'));
  if (overhead !== null) parts.push(overheadTable(overhead));
  if (schedule !== null) parts.push(scheduleTable(schedule));
  if (ranks !== null) parts.push(ranksTable(ranks));
  if (loading !== null) parts.push(loadingTable(loading));
  return parts.join('\n\n');
}

/** The curves under a line of circumstances; null where there are none. */
export function writeCurves(facts: Facts): string | null {
  return facts.curves.length === 0 ? null : [describeCircumstances(facts), ...facts.curves].join('\n\n');
}

/** The profile under a line of circumstances; null where there is none. */
export function writeProfile(facts: Facts): string | null {
  return facts.profile === null ? null : `${describeCircumstances(facts)}\n\n${facts.profile}`;
}

/** The products under a line of circumstances; null where there are none. */
export function writeProducts(facts: Facts): string | null {
  return facts.products === null ? null : `${describeCircumstances(facts)}\n\n${facts.products}`;
}

function describeCircumstances({ machine, seconds, load, command }: Facts): string {
  const { deviceName, threads, versions, bf16FlopsPerSecond, fp32FlopsPerSecond } = machine;
  const sentences = [
    `\`${command}\` took ${minutes(seconds)} on ${deviceName}, ${threads} threads, torch ${versions['torch'] ?? '?'}, transformers ${versions['transformers'] ?? '?'}.`,
    `Measured matrix products: bf16 ${giga(bf16FlopsPerSecond)}, fp32 ${giga(fp32FlopsPerSecond)} GFLOP/s.`,
    `Load of the system: ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after.`,
  ];
  if (isBusy(load, threads))
    sentences.push(
      '**Others were at work too: trust the ratio of CPU seconds more than that of wall seconds.**',
    );
  return sentences.join(' ');
}

/** One process of ours alone makes a load of about the threads it has. */
function isBusy([before]: readonly [number, number], threads: number): boolean {
  return before > threads / 2;
}

function tableOf(lines: readonly Line[]): string {
  const head = [
    'what',
    'model',
    'at least',
    'aim',
    'ratio (min–max)',
    'CPU seconds',
    'useful tokens/s',
    'useful MFU',
  ];
  return markdownTable(head, lines.map(rowOf));
}

function rowOf(line: Line): string[] {
  const { scenario, label, ratio, cpuRatio, usefulTokensPerSecond: tokens, usefulMfu: mfu } = line;
  const { atLeast, aim } = reachOf(scenario, label);
  return [
    GOALS[scenario].what,
    label,
    times(atLeast),
    times(aim),
    `${times(ratio.median)}${reaches(line)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
    cpuRatio === null ? '' : times(cpuRatio.median),
    tokens === null ? '' : `${tokens.ours.toFixed(0)} / ${tokens.theirs.toFixed(0)}`,
    mfu === null ? '' : `${percent(mfu.ours)} / ${percent(mfu.theirs)}`,
  ];
}

/** A word on whether the goal is reached, so that nobody has to compare numbers. */
function reaches({ scenario, label, ratio }: Line): string {
  const { atLeast, aim } = reachOf(scenario, label);
  const sign = GOALS[scenario].lessIsBetter === true ? -1 : 1;
  if (sign * ratio.median >= sign * aim) return ' ✓✓';
  return sign * ratio.median >= sign * atLeast ? ' ✓' : ' ✗';
}

function describeRun({ scenario, run }: Line): string {
  return `- ${scenario}: ${run}.`;
}

function overheadTable(overhead: Overhead): string {
  const mark = (name: keyof typeof OVERHEAD_GOALS): string => {
    const { atMost, aim } = OVERHEAD_GOALS[name];
    return overhead[name] <= aim ? '✓✓' : overhead[name] <= atMost ? '✓' : '✗';
  };
  const { helpSeconds: help, workerReadySeconds: ready } = OVERHEAD_GOALS;
  const rows = [
    [
      `\`fsa --help\`, at most ${ms(help.atMost)}, aim ${ms(help.aim)}`,
      `${ms(overhead.helpSeconds)} ${mark('helpSeconds')} wall, ${ms(overhead.helpCpuSeconds)} CPU (a Node that does nothing ${ms(overhead.nodeSeconds)})`,
    ],
    [
      `warm start until the worker is ready, at most ${ready.atMost} s, aim ${ready.aim} s`,
      `${overhead.workerReadySeconds.toFixed(2)} s ${mark('workerReadySeconds')} (\`import torch\` alone ${overhead.torchSeconds.toFixed(2)} s)`,
    ],
    ['warm start until the first training step is done', `${overhead.firstStepSeconds.toFixed(2)} s`],
    ["main thread's busy share of a small eval", percent(overhead.busyShare)],
  ];
  return ['| overhead | |', '| --- | --- |', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

function scheduleTable(cost: ScheduleCost): string {
  const { cells, slots, epochs, parts } = cost;
  const spent = Object.entries(parts).map(([part, seconds]) => `${part} ${seconds.toFixed(1)} s`);
  const rows = [
    ['deciding, to the last cell', `${cost.decisionsSeconds.toFixed(2)} s of the processor`],
    [
      'resuming, all cells done',
      `${cost.resumeSeconds.toFixed(1)} s, ${cost.resumeCpuSeconds.toFixed(1)} s of the processor`,
    ],
    [
      'share of one processor, were it an hour (off the wire: bench/wire has what that costs)',
      `${percent(cost.coordinatorShare)}: ${spent.join(', ')}`,
    ],
    ['peak memory, without that of what reads the TypeScript', `${cost.memoryMegabytes.toFixed(0)} MB`],
  ];
  const head = `| ${cells.toLocaleString('en')} cells of ${epochs} epochs on ${slots.toLocaleString('en')} slots | |`;
  return [head, '| --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

function ranksTable({ shape, threads, alone, together, ratio }: RanksFacts): string {
  const head = ['one distillation step', 'seconds', 'CPU seconds', 'in the sum', 'waiting for each other'];
  const one = [`${shape}, 1 rank × ${2 * threads} threads`, alone.seconds.toFixed(2)];
  const two = [`${shape}, 2 ranks × ${threads} threads`, `${together.seconds.toFixed(2)} (${times(ratio)})`];
  const share = (part: number): string =>
    `${part.toFixed(3)} s (${percent(part / Math.max(together.seconds, 1e-9))})`;
  return markdownTable(head, [
    [...one, alone.cpuSeconds.toFixed(2), '', ''],
    [...two, together.cpuSeconds.toFixed(2), share(together.sumSeconds), share(together.waitSeconds)],
  ]);
}

function loadingTable({ shape, bytes, loaded, stepped }: LoadingFacts): string {
  const { count } = loaded.ratio;
  const pairs = `${count} ${count === 1 ? 'pair' : 'pairs'}`;
  const head = [
    `loading ${shape}, ${(bytes / 1e9).toFixed(2)} GB, ${pairs}`,
    'digests not checked',
    'digests checked',
    `ratio (min–max); at most ${times(LOADING_MAY_TAKE)}`,
  ];
  const range = ({ median, min, max }: Spread): string =>
    `${times(median)} (${min.toFixed(2)}–${max.toFixed(2)})`;
  const rowOf = (what: string, { trusted, checked, ratio }: LoadingMark): string[] => [
    what,
    `${trusted.seconds.toFixed(2)} s`,
    `${checked.seconds.toFixed(2)} s`,
    `${range(ratio)} ${ratio.median <= LOADING_MAY_TAKE ? '✓' : '✗'}`,
  ];
  const { trusted, checked, cpuRatio } = stepped;
  const cpu = [trusted, checked].map(({ cpuSeconds }) => `${cpuSeconds.toFixed(2)} s`);
  return markdownTable(head, [
    rowOf('loaded', loaded),
    rowOf('loaded and one step of 16 sentences', stepped),
    ['the same, CPU seconds', ...cpu, range(cpuRatio)],
  ]);
}

const times = (ratio: number): string => `${ratio.toFixed(2).replace(/\.?0+$/, '')}×`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const ms = (seconds: number): string => `${Math.round(1000 * seconds)} ms`;
const giga = (flops: number): string => Math.round(flops / 1e9).toLocaleString('en');
const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;
