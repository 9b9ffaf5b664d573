/** `fsa runs diff`: in what two runs differ: settings, data, versions, machine, figures. */
import { resolve } from 'node:path';
import { formatDifference, formatPoints, formatShare } from '../../report/format.js';
import type { RunLine } from '../../report/types.js';
import { isUsed } from '../../runs/used-settings.js';
import { flattenSettings, showValue } from '../../runs/identity.js';
import { listJobStates } from '../../runs/job-states.js';
import { readRunFile } from '../../runs/run-folder.js';
import type { Work } from '../run/run-handle.js';
import { type RunFigure, showRun, type ShowRunResult } from './show.js';

export interface DiffRunsOptions {
  /** The folders of the two runs. */
  readonly a: string;
  readonly b: string;
  readonly cwd?: string;
}

/** A thing that differs; null where a run does not have it. */
export interface Differing<Value> {
  readonly name: string;
  readonly a: Value | null;
  readonly b: Value | null;
}

export interface DiffRunsResult {
  readonly a: string;
  readonly b: string;
  /** Those that at least one of the runs looked at; null where a run did not, or holds null. */
  readonly settings: readonly Differing<unknown>[];
  /** Hashes of data, models, lock, and of the student that came of it. */
  readonly data: readonly Differing<string>[];
  /** Of fsa, Python and its packages, Node, and the machine. */
  readonly versions: readonly Differing<string>[];
  /** Mean F1 in points. */
  readonly figures: readonly (Differing<number> & { readonly difference: number | null })[];
  /** All of it as sentences; empty where the runs differ in nothing. */
  readonly words: readonly string[];
}

/** @throws FsaError RUN_FOLDER */
export async function diffRuns(
  { a, b, cwd = process.cwd() }: DiffRunsOptions,
  work: Pick<Work, 'signal'>,
): Promise<DiffRunsResult> {
  const [one, other] = [await showRun({ run: a, cwd }, work), await showRun({ run: b, cwd }, work)];
  const [left, right] = [
    { ...one.run, ...(await readOutcome(resolve(cwd, a))) },
    { ...other.run, ...(await readOutcome(resolve(cwd, b))) },
  ];
  const settings = differingSettings(left, right);
  const data = compare(dataOf(left), dataOf(right));
  const versions = compare(versionsOf(left), versionsOf(right));
  const figures = compare(figuresOf(one), figuresOf(other)).map((pair) => ({
    ...pair,
    difference: pair.a === null || pair.b === null ? null : pair.b - pair.a,
  }));
  return {
    a,
    b,
    settings,
    data,
    versions,
    figures,
    words: [
      ...settings.map((one) => tell(`The setting ${one.name}`, one, 'not set')),
      ...data.map((one) => tell(`The content of ${one.name}`, one)),
      ...versions.map((one) => tell(one.name, one)),
      ...figures.map(tellFigure),
    ],
  };
}

/** A run with what its settings left open, as it turned out, and what came of a distillation. */
interface Outcome {
  readonly identity: Readonly<Record<string, unknown>>;
  /** Digest of the student; null where none is there. */
  readonly student: string | null;
}

async function readOutcome(folder: string): Promise<Outcome> {
  const file = await readRunFile(folder);
  const states = file?.kind === 'distill' ? await listJobStates(folder) : [];
  const [student = null] = states.flatMap(({ distilled }) => distilled?.modelDigest ?? []);
  return { identity: file?.identity ?? {}, student };
}

type Side = RunLine & Outcome;

/** Null in a setting leaves it to the machine or to the first start, and decides a result nonetheless. */
function settingsOf({ kind, config, identity }: Side): Record<string, unknown> {
  const settings: Record<string, unknown> = { kind, ...flattenSettings(config) };
  const shards = kind === 'distill' ? (identity['shards'] ?? 1) : null;
  return {
    ...settings,
    threads: settings['threads'] ?? identity['threads'] ?? null,
    'distill.shards': settings['distill.shards'] ?? shards,
  };
}

function dataOf({ hashes, student }: Side): Record<string, string> {
  return student === null ? hashes : { ...hashes, 'the student': student };
}

function differingSettings(left: Side, right: Side): Differing<unknown>[] {
  return compare(settingsOf(left), settingsOf(right)).flatMap(({ name, a, b }) => {
    const [inA, inB] = [left, right].map(({ kind }) => name === 'kind' || isUsed(kind, name));
    if (inA !== true && inB !== true) return [];
    return [{ name, a: inA === true ? a : null, b: inB === true ? b : null }];
  });
}

function compare<Value>(
  left: Readonly<Record<string, Value>>,
  right: Readonly<Record<string, Value>>,
): Differing<Value>[] {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.flatMap((name) => {
    const [a, b] = [left, right].map((side) =>
      Object.hasOwn(side, name) ? (side[name] as Value) : null,
    ) as [Value | null, Value | null];
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ name, a, b }];
  });
}

function versionsOf({ fsaVersion, versions, device, made, identity }: Side): Record<string, string> {
  return {
    fsa: fsaVersion,
    ...versions,
    device,
    ...(typeof identity['kernels'] === 'string' ? { 'the kernels for CPUs': identity['kernels'] } : {}),
    ...(made === null
      ? {}
      : {
          ...(made.commit === null ? {} : { 'the commit of fsa': made.commit }),
          processor: made.processor,
          ...(made.gpus.length === 0 ? {} : { GPU: made.gpus.join(', ') }),
        }),
  };
}

function figuresOf({ figures }: ShowRunResult): Record<string, number> {
  return Object.fromEntries(
    figures.flatMap((figure) => (figure.mean === null ? [] : [[nameOf(figure), figure.mean]])),
  );
}

function nameOf({ model, task, dataset, subset, trainShare }: RunFigure): string {
  const share = trainShare === 1 ? '' : `, ${formatShare(trainShare)} of the training data`;
  return `${model} on ${task}/${dataset}, ${subset}${share}`;
}

function tell(name: string, { a, b }: Differing<unknown>, nothing = 'not there'): string {
  const value = (one: unknown) => (one === null ? nothing : showValue(one));
  return `${name} is ${value(a)} in the first and ${value(b)} in the second.`;
}

function tellFigure({ name, a, b, difference }: DiffRunsResult['figures'][number]): string {
  if (a === null || b === null || difference === null) {
    return `F1 of ${name} is only in the ${a === null ? 'second' : 'first'}: ${formatPoints(a ?? b ?? 0)}.`;
  }
  return `F1 of ${name} is ${formatPoints(a)} in the first and ${formatPoints(b)} in the second (${formatDifference(difference)}).`;
}
