/** The benchmark's own command line. */
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SCENARIOS, SHAPES, type ScenarioName, type Shape } from './goals.js';

export interface BenchOptions {
  readonly only: readonly ScenarioName[];
  readonly quick: boolean;
  readonly curves: boolean;
  readonly profile: boolean;
  readonly products: boolean;
  readonly device: 'auto' | 'cpu' | 'cuda';
  readonly threads: number;
  /** Of training on both sides; null takes bf16 where the machine has instructions for it, else fp32. */
  readonly precision: 'bf16' | 'fp32' | null;
  /** Instead of each scenario's own shapes. */
  readonly shapes: readonly Shape[] | null;
  /** The most pairs of a scenario; its budget of time may allow fewer, but never none. */
  readonly pairs: number;
  readonly json: string | null;
  readonly markdown: string | null;
  /** Ratios once reached, by kind of processor: to be held, and to be replaced by this run's. */
  readonly compare: string | null;
  readonly record: string | null;
  /** Where the models that both sides load are kept between runs. */
  readonly cache: string;
}

/** What is wrong with the command line, in one sentence. */
export class UsageError extends Error {}

export const USAGE = `npm run bench -- [options]

  --quick            each scenario once and small: under 5 minutes on two cores
  --only LIST        some of ${SCENARIOS.join(',')}
  --pairs N          the most pairs of a scenario (default 3, with --quick 1)
  --shapes LIST      some of ${SHAPES.join(',')} instead of each scenario's own
  --curves           the curves too; with no --only, nothing but what these three ask for
  --profile          where a step's time goes too; with --quick of fine-tuning alone
  --products         every matrix product of our steps, and the floor; with --quick of fine-tuning alone
  --device NAME      auto, cpu or cuda (default auto: a GPU where there is one)
  --threads N        CPU threads of each side (default all)
  --precision NAME   bf16 or fp32, what both sides train in (default bf16 where there are instructions for it)
  --json FILE        the numbers as JSON
  --markdown FILE    writes the tables between the file's bench marks
  --compare FILE     says which ratios fell below those recorded on this kind of processor; exit code 1
  --record FILE      puts this run's ratios into the file, under its kind of processor
  --cache FOLDER     models made for the benchmark (default ${join(tmpdir(), 'fsa-bench')})
  --help`;

/** @throws UsageError */
export function readOptions(words: readonly string[]): BenchOptions | 'help' {
  const values = parse(words);
  if (values.help === true) return 'help';
  const quick = values.quick ?? false;
  const curves = values.curves ?? false;
  const device = values.device ?? 'auto';
  if (device !== 'auto' && device !== 'cpu' && device !== 'cuda')
    throw new UsageError(`--device is auto, cpu or cuda, not "${device}".`);
  const { precision = null } = values;
  if (precision !== null && precision !== 'bf16' && precision !== 'fp32')
    throw new UsageError(`--precision is bf16 or fp32, not "${precision}".`);
  const profile = values.profile ?? false;
  const products = values.products ?? false;
  const everything = curves || profile || products ? [] : SCENARIOS;
  return {
    only: values.only === undefined ? everything : readList('--only', values.only, SCENARIOS),
    quick,
    curves,
    profile,
    products,
    device,
    precision,
    threads: readCount('--threads', values.threads, availableParallelism()),
    shapes: values.shapes === undefined ? null : readList('--shapes', values.shapes, SHAPES),
    pairs: readCount('--pairs', values.pairs, quick ? 1 : 3),
    json: values.json === undefined ? null : resolve(values.json),
    markdown: values.markdown === undefined ? null : resolve(values.markdown),
    compare: values.compare === undefined ? null : resolve(values.compare),
    record: values.record === undefined ? null : resolve(values.record),
    cache: resolve(values.cache ?? join(tmpdir(), 'fsa-bench')),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        pairs: { type: 'string' },
        shapes: { type: 'string' },
        curves: { type: 'boolean' },
        profile: { type: 'boolean' },
        products: { type: 'boolean' },
        device: { type: 'string' },
        threads: { type: 'string' },
        precision: { type: 'string' },
        json: { type: 'string' },
        markdown: { type: 'string' },
        compare: { type: 'string' },
        record: { type: 'string' },
        cache: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readList<Word extends string>(name: string, text: string, words: readonly Word[]): Word[] {
  return text.split(',').map((part) => {
    const word = words.find((each) => each === part.trim());
    if (word === undefined) throw new UsageError(`${name} knows ${words.join(', ')}, not "${part.trim()}".`);
    return word;
  });
}

function readCount(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`${name} is a whole number from 1, not "${text}".`);
  return Number(text);
}
