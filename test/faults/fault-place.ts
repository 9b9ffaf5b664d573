/**
 * A place for one fault test: small data, a cache of its own over the real runtime, and command lines that
 * carry a secret. Wherever it is used, three promises are held at the end: no process is left behind, the
 * secret stands nowhere, and what has a final name is whole.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished } from 'vitest';
import { readRuntime } from '../../src/runtime/locate.js';
import { hashFolder, listFiles } from '../../src/storage/digest.js';
import { parseLines, startFsa } from '../helpers/cli.js';
import { SAMPLE_STUDENT, smallCorpus, smallDataset } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

export const isLinuxRoot = process.platform === 'linux' && process.getuid?.() === 0;
export const isLinux = process.platform === 'linux';
const STOP_AT_EVENT = join(import.meta.dirname, '../fixtures/stop-at-event.mjs');
const CANARY = 'hf_canaryThatMustAppearNowhere4711';

export type Said = Record<string, unknown> & { readonly type: string };

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** What came as NDJSON. */
  readonly events: Said[];
  /** The error that ended the command; null where it ended well. */
  readonly error: Said | null;
}

export interface Running {
  readonly ended: Promise<Outcome>;
  readonly isOver: () => boolean;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** The n-th event of a type; rejects when the command ends without it. */
  readonly event: (type: string, count?: number) => Promise<Said>;
  /**
   * Waits until it has stopped at one of the events that it was started with, does something, and lets it go on:
   * however slow this machine is, what is done comes before whatever fsa does next.
   */
  readonly whileStopped: (at: string, work: (event: Said) => unknown) => Promise<Said>;
}

export interface Place {
  readonly folder: string;
  readonly cache: string;
  readonly dataset: string;
  readonly corpus: string;
  readonly env: Record<string, string>;
  readonly evalWords: (run: string, seeds?: string, more?: readonly string[]) => string[];
  readonly distillWords: (run: string, steps?: number, more?: readonly string[]) => string[];
  /** @param stops events that it stops at, such as `job-started` or `checkpoint-saved 3` */
  readonly start: (
    words: readonly string[],
    env?: Record<string, string>,
    stops?: readonly string[],
  ) => Running;
  readonly run: (words: readonly string[], env?: Record<string, string>) => Promise<Outcome>;
}

/** @param inside folder to make the place in; one of the test's own where it is not given */
export async function openPlace(inside?: string): Promise<Place> {
  const folder = inside ?? (await temporaryFolder());
  const cache = join(folder, 'cache');
  await mkdir(cache);
  await symlink(join((await readRuntime()).folder, '..'), join(cache, 'runtime'));
  const dataset = await smallDataset(folder, 'atsa', 8);
  const corpus = await smallCorpus(folder, 24);
  const env = { FSA_CACHE: cache, HF_TOKEN: CANARY, HTTPS_PROXY: `http://me:${CANARY}@127.0.0.1:9` };
  const start: Place['start'] = (words, more = {}, stops = []) => {
    const stopping =
      stops.length === 0
        ? {}
        : { NODE_OPTIONS: `--import=${STOP_AT_EVENT}`, FSA_TEST_STOP_AT: stops.join(',') };
    return startSpeaking(words, { cwd: folder, env: { ...env, ...stopping, ...more } });
  };
  onTestFinished(async () => await keepPromises(folder));
  return {
    folder,
    cache,
    dataset,
    corpus,
    env,
    evalWords: (run, seeds = '1', more = []) => evalWords(dataset, join(folder, run), seeds, more),
    distillWords: (run, steps = 6, more = []) => distillWords(corpus, join(folder, run), steps, more),
    start,
    run: async (words, more) => await start(words, more).ended,
  };
}

function evalWords(dataset: string, run: string, seeds: string, more: readonly string[]): string[] {
  const quick = ['--epochs', '2', '--threads', '1', '--set', 'eval.batchSize=4'];
  const what = ['--model', `tiny=${SAMPLE_STUDENT}`, '--dataset', dataset, '--seeds', seeds];
  return ['eval', '--json', ...what, ...quick, '--output', run, ...more];
}

function distillWords(corpus: string, run: string, steps: number, more: readonly string[]): string[] {
  const settings = { batchSize: 2, accumulation: 2, validateEverySteps: 3, checkpointEverySteps: 1 };
  const sets = Object.entries({ ...settings, validationShare: 0.2 }).flatMap(([key, value]) => [
    '--set',
    `distill.${key}=${value}`,
  ]);
  const what = ['--model', SAMPLE_STUDENT, '--corpus', corpus, '--steps', String(steps)];
  return ['distill', '--json', ...what, ...sets, '--threads', '1', '--output', run, ...more];
}

type StartOptions = Parameters<typeof startFsa>[1];

export function startSpeaking(words: readonly string[], options: StartOptions): Running {
  const running = startFsa(words, options);
  const seen: Said[] = [];
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const listener of waiting.splice(0)) listener();
  };
  running.onStdout((said) => {
    seen.splice(0, seen.length, ...wholeLines(said));
    wake();
  });
  let over = false;
  const ended = running.ended.then(({ exitCode, stdout, stderr }): Outcome => {
    over = true;
    const events = wholeLines(stdout);
    wake();
    waiting = [];
    const last = events.at(-1);
    return { exitCode, stdout, stderr, events, error: last?.type === 'error' ? last : null };
  });
  const event = async (type: string, count = 1): Promise<Said> => {
    for (;;) {
      const found = seen.filter((one) => one.type === type)[count - 1];
      if (found !== undefined) return found;
      if (over) return expect.fail(`it ended before event ${count} of type ${type}: ${(await ended).stdout}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const whileStopped: Running['whileStopped'] = async (at, work) => {
    const [type = '', count = '1'] = at.split(' ');
    const said = await event(type, Number(count));
    while (!(await isStopped(running.pid))) {
      if (over) expect.fail(`it did not stop at ${at}, and ended: ${(await ended).stdout}`);
      await pause(5);
    }
    await work(said);
    running.kill('SIGCONT');
    return said;
  };
  return { ended, isOver: () => over, kill: running.kill, event, whileStopped };
}

async function isStopped(pid: number | undefined): Promise<boolean> {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false });
  return stdout.startsWith('T');
}

function wholeLines(text: string): Said[] {
  return parseLines(text.slice(0, text.lastIndexOf('\n') + 1)) as Said[];
}

/** Everything about a run that a fault must not change: results, losses and texts of every cell. */
export async function numbersOf(run: string): Promise<unknown> {
  const { cells } = await readJson<{ cells: Record<string, unknown>[] }>(join(run, 'results.json'));
  const read = async ({
    seconds: _seconds,
    usage: _usage,
    ...cell
  }: Record<string, unknown>): Promise<unknown> => {
    const job = join(run, 'jobs', String(cell['jobId']));
    const predictions = await readFile(join(job, 'predictions.jsonl'), 'utf8');
    return { ...cell, metrics: await metricsOf(join(job, 'metrics.jsonl')), predictions };
  };
  const all = await Promise.all(cells.map(read));
  return all.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Weights and records of a distillation. */
export async function studentOf(run: string): Promise<unknown> {
  return {
    model: await hashFolder(join(run, 'model')),
    metrics: await metricsOf(join(run, 'metrics.jsonl')),
  };
}

async function metricsOf(path: string): Promise<unknown[]> {
  const lines = parseLines(await readFile(path, 'utf8'));
  return lines.map(({ tokensPerSecond: _speed, ...record }) => record);
}

export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}

/** Processes whose working folder lies here: fsa runs, their workers and what those started. */
export function processesIn(folder: string): number[] {
  if (!isLinux) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        if (/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return false;
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        return false;
      }
    });
}

/** Waits until no process is left in a folder; fails after ten seconds. */
export async function expectNobodyIn(folder: string): Promise<void> {
  for (let tries = 0; tries < 100 && processesIn(folder).length > 0; tries += 1) await pause(100);
  expect(processesIn(folder)).toEqual([]);
}

export async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** One clear error: a code, a sentence, no stack trace, and it is all that ended the command. */
export function expectClearError(outcome: Outcome, exitCode: number, code: string): Said {
  expect(outcome.stderr).not.toMatch(/\n\s+at .*:\d+/);
  expect(outcome).toMatchObject({ exitCode, error: { code, exitCode } });
  return outcome.error as Said;
}

/** The error as its reader sees it, on one line. */
export function wordsOf({ message, where, advice, problems }: Said): string {
  return [message, where, advice, ...(Array.isArray(problems) ? (problems as unknown[]) : [])].join(' ');
}

async function keepPromises(folder: string): Promise<void> {
  await expectNobodyIn(folder).finally(() =>
    processesIn(folder).forEach((pid) => process.kill(pid, 'SIGKILL')),
  );
  for (const name of await listFiles(folder).catch(async () => await readdir(folder).catch(() => []))) {
    const content = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
    expect(content.includes(CANARY), `${name} holds the secret`).toBe(false);
  }
}

/** Fails where a secret was said aloud. */
export function expectNoSecret(...texts: readonly string[]): void {
  for (const text of texts) expect(text).not.toContain(CANARY);
}

/** A run's checkpoints by their paths in its folder, the furthest first. */
export async function checkpointsOf(run: string): Promise<string[]> {
  const files = (await listFiles(run)).map((name) => dirname(name));
  const checkpoints = [...new Set(files)].filter((name) => /^checkpoint\/.*-step-\d+$/.test(name));
  return checkpoints.sort((one, other) => stepOf(other) - stepOf(one));
}

export function stepOf(checkpoint: string): number {
  return Number(/-step-(\d+)$/.exec(checkpoint)?.[1]);
}
