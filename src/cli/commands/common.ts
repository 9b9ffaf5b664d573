/** Options that several commands share, and how their values become options of the library. */
import { findTaskName, TASK_CHOICE } from '../../tasks/registry.js';
import type { Task } from '../../tasks/vocabulary.js';
import { LAUNCHER_NAMES } from '../../config/launcher-names.js';
import { PRESETS } from '../../config/presets.js';
import { parseTrack } from '../../config/track.js';
import { FsaError, isFsaError } from '../../errors.js';
import type { CommandOption, OptionValues } from '../command.js';

export const OUTPUT_OPTIONS: readonly CommandOption[] = [
  { flags: '--json', description: 'events and result as NDJSON on stdout' },
  { flags: '--quiet', description: 'no progress, only the result' },
];

export const CONFIG_OPTIONS: readonly CommandOption[] = [
  {
    flags: '--config <file>',
    description: 'settings in YAML (fsa.yaml in this folder is not read by itself)',
  },
  {
    flags: '--set <key=value>',
    description: 'one setting, such as distill.steps=500; repeatable',
    repeatable: true,
  },
  {
    flags: '--preset <name>',
    description: `numbers to start from: ${Object.keys(PRESETS).join(' or ')} (default: paper)`,
    parse: parsePreset,
  },
  { flags: '--device <name>', setting: 'device', description: 'auto, cpu or cuda' },
  {
    flags: '--threads <n>',
    description: 'CPU threads per worker (default: the cores divided by the workers)',
    parse: parseCount,
  },
  ...OUTPUT_OPTIONS,
];

/** For commands whose jobs may run on a cluster. */
export const ON_OPTION: CommandOption = {
  flags: '--on <where>',
  description: 'where workers run: local, slurm, ray or ssh (settings under cluster)',
  parse: parseOn,
};

export const TRACK_OPTION: CommandOption = {
  flags: '--track <tracker>',
  description: 'tell mlflow=URL, tensorboard, webhook=URL or otel of the run; repeatable',
  repeatable: true,
  parse: parseTracker,
};

export const BUDGET_OPTION: CommandOption = {
  flags: '--budget <usd>',
  description: 'US dollars that are never exceeded',
  parse: parseUsd,
};

/** @param folder where the run goes unless said otherwise */
export const runOptions = (folder: string): readonly CommandOption[] => [
  { flags: '--output <folder>', description: `run folder (default: ${folder})` },
  { flags: '--replace', description: 'set an older run in that folder aside and start anew' },
  {
    flags: '--verify',
    description: 'read data and results again, also where size and date are as they were',
  },
  TRACK_OPTION,
  ...CONFIG_OPTIONS,
];

/** What CONFIG_OPTIONS and runOptions mean to the library; named flags go in as overrides. */
export function toRunOptions(
  options: OptionValues,
  overrides: Record<string, unknown>,
): Record<string, unknown> {
  const top = pick(options, { device: 'device', threads: 'threads', track: 'track' });
  const cluster = options['on'] === undefined ? {} : { cluster: { on: options['on'] } };
  return {
    ...pick(options, {
      preset: 'preset',
      config: 'configFile',
      set: 'sets',
      output: 'output',
      replace: 'replace',
      verify: 'verify',
    }),
    config: { ...top, ...cluster, ...overrides },
  };
}

/** The options that were given, under their names in the library. */
export function pick(
  options: OptionValues,
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [from, to] of Object.entries(names)) {
    if (options[from] !== undefined) found[to] = options[from];
  }
  return found;
}

export function parseCount(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new Error('It must be a whole number of at least 1.');
  return exactNumber(text);
}

export function parseUsd(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0)) throw new Error('It must be a number of US dollars above 0.');
  return value;
}

export function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error('It must be a whole number.');
  return exactNumber(text);
}

/** An integer is what its digits say, or refused: none is rounded. */
function exactNumber(text: string): number {
  const value = Number(text);
  if (/^\s*[+-]?\d+\s*$/.test(text) && !Number.isSafeInteger(value))
    throw new Error(`It must be a whole number of at most ${Number.MAX_SAFE_INTEGER}.`);
  return value;
}

export function parseNumberList(text: string): number[] {
  return text.split(',').map((part) => {
    const value = exactNumber(part);
    if (part.trim() === '' || !Number.isFinite(value))
      throw new Error('It must be numbers separated by commas.');
    return value;
  });
}

export function parseList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function oneOf(...choices: string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    throw new Error(`The choices are ${choices.join(', ')}.`);
  };
}

/** A share as points of a hundred. */
export function points(score: number | null | undefined): string {
  return score == null ? '–' : (100 * score).toFixed(2);
}

export function parseTask(text: string): Task {
  const task = findTaskName(text);
  if (task === null) throw new Error(`The task is ${TASK_CHOICE}.`);
  return task;
}

export function parseOn(text: string): string {
  if (LAUNCHER_NAMES.some((name) => name === text)) return text;
  throw new Error(`The choices are ${new Intl.ListFormat('en').format(LAUNCHER_NAMES)}.`);
}

function parseTracker(text: string): string {
  try {
    parseTrack(text);
    return text;
  } catch (error) {
    if (!isFsaError(error)) throw error;
    throw new Error(`${error.message} ${error.advice ?? ''}`, { cause: error });
  }
}

export function parsePreset(text: string): string {
  const names = Object.keys(PRESETS);
  if (!names.includes(text)) throw new Error(`The presets are ${new Intl.ListFormat('en').format(names)}.`);
  return text;
}

/** `name=PATH`, or a path alone, which is then named after its last part. */
export function parseNamedModels(values: readonly string[]): Record<string, string> {
  const models = new Map<string, string>();
  for (const value of values) {
    const at = value.indexOf('=');
    const name =
      at > 0
        ? value.slice(0, at)
        : (value
            .replace(/[/\\]+$/, '')
            .split(/[/\\]/)
            .pop() ?? value);
    const path = at > 0 ? value.slice(at + 1) : value;
    if (models.has(name)) {
      throw new FsaError('USAGE', `Two models are called ${name}.`, {
        advice: 'Name them apart: --model first=PATH --model second=PATH.',
      });
    }
    models.set(name, path);
  }
  return Object.fromEntries(models);
}

/** @throws FsaError USAGE where the option was not given */
export function required(options: OptionValues, name: string): unknown {
  const value = options[name];
  if (value !== undefined) return value;
  throw new FsaError('USAGE', `The option --${name} is missing.`, { advice: 'See the help of the command.' });
}
