/** Gates as words (`--fail-under`, `--no-worse-than`), understood and checked before any work is done. */
import { resolve } from 'node:path';
import { DECLARATION_FILE } from '../data/benchmark/declaration.js';
import { FsaError } from '../errors.js';
import { usualBaseline } from '../report/build.js';
import { listWords } from '../report/format.js';
import { counterpartOf, judgeGates, type EarlierRun, type LeastScore } from '../report/gates.js';
import type { GateOutcome } from '../report/types.js';
import { filesOfDataset } from '../runs/dataset-hashes.js';
import { readResults, readRunFile } from '../runs/run-folder.js';
import type { ResultsFile } from '../runs/types.js';
import { findTaskName } from '../tasks/registry.js';
import { SUBSETS } from '../tasks/vocabulary.js';

export interface GateOptions {
  /** `atsa/rest14=65`, `MODEL:atsa/rest14/hard=50`: the least mean F1, in points. */
  readonly failUnder?: readonly string[];
  /** Run folder that no model may fall behind. */
  readonly noWorseThan?: string;
}

/** What is measured, as far as a gate can speak of it. */
export interface Measured {
  readonly folder: string;
  readonly models: readonly string[];
  /** `atsa/rest14`. */
  readonly datasets: readonly string[];
  /** Of each dataset, SHA-256 of its files by name; test files of an earlier run have to be the same. */
  readonly files: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the report compares with: a model called base where none is named. */
  readonly baseline?: string;
}

export interface Gates {
  /** @param results asked for only where there is a gate */
  readonly judge: (results: () => ResultsFile) => readonly GateOutcome[];
}

/** @throws FsaError USAGE where a gate is about nothing that is measured, RUN_FOLDER where the run is none */
export async function openGates(options: GateOptions, measured: Measured, cwd: string): Promise<Gates> {
  const least = (options.failUnder ?? []).map(parseLeastScore);
  for (const gate of least) requireMeasured(gate, measured);
  const { baseline = usualBaseline(measured.models) } = measured;
  const models = measured.models.filter((model) => model !== baseline || measured.models.length === 1);
  const earlier = await readEarlier(options.noWorseThan, { ...measured, models }, cwd);
  const { datasets } = measured;
  if (least.length === 0 && earlier === null) return { judge: () => [] };
  return { judge: (results) => judgeGates(results(), { least, earlier, models, datasets }) };
}

/** @throws FsaError USAGE */
export function parseLeastScore(words: string): LeastScore {
  const parts = /^(?:(.+):)?([^/:]+)\/([^/=]+)(?:\/([^/=]+))?=(\d+(?:\.\d+)?)$/.exec(words.trim());
  const [, model = null, taskWord = '', dataset = '', subsetWord = 'all', number = ''] = parts ?? [];
  const task = findTaskName(taskWord);
  const subset = SUBSETS.find((name) => name === subsetWord);
  const points = Number(number);
  if (task !== null && subset !== undefined && number !== '' && points <= 100) {
    if (points > 0 && points < 1) throw shareInsteadOfPoints(words, number);
    return { model, task, dataset, subset, points };
  }
  throw new FsaError('USAGE', `The gate ${JSON.stringify(words)} cannot be read.`, {
    where: '--fail-under',
    advice: `Write TASK/DATASET=F1 with F1 in points up to 100, such as atsa/rest14=65; MODEL: before it holds one model to it, and /${SUBSETS.slice(1).join(', /')} after the dataset a subset.`,
  });
}

/** F1 of 0.65 is written as a share elsewhere; as points every model meets it, and nobody would see that. */
function shareInsteadOfPoints(words: string, number: string): FsaError {
  return new FsaError('USAGE', `The gate ${JSON.stringify(words)} asks for less than one point of F1.`, {
    where: '--fail-under',
    advice: `F1 is in points, from 0 to 100: write ${Number((Number(number) * 100).toFixed(6))} where F1 ${number} is meant.`,
  });
}

function requireMeasured(gate: LeastScore, { models, datasets }: Measured): void {
  const label = `${gate.task}/${gate.dataset}`;
  const about = { where: '--fail-under' };
  if (!datasets.includes(label))
    throw new FsaError('USAGE', `A gate is about ${label}, which is not measured.`, {
      ...about,
      advice: `Name one of ${datasets.join(', ')}.`,
    });
  if (gate.model === null || models.includes(gate.model)) return;
  throw new FsaError('USAGE', `A gate is about the model ${gate.model}, which is not measured.`, {
    ...about,
    advice: `Name one of ${models.join(', ')}.`,
  });
}

async function readEarlier(
  run: string | undefined,
  { folder, models, files }: Measured,
  cwd: string,
): Promise<EarlierRun | null> {
  if (run === undefined) return null;
  const earlier = resolve(cwd, run);
  const about = { where: '--no-worse-than' };
  if (earlier === resolve(folder))
    throw new FsaError('USAGE', 'A run cannot be held against itself.', {
      ...about,
      advice: 'Name the folder of an earlier run, or another --output for this one.',
    });
  const results = await readResults(earlier);
  if (results === null || results.cells.length === 0)
    throw new FsaError('RUN_FOLDER', 'The run to be held against has no results.', {
      where: earlier,
      advice: 'Name the folder of a finished `fsa eval`.',
    });
  await requireSameTests(earlier, files);
  const strangers = models.filter((model) => counterpartOf(model, results) === null);
  if (strangers.length === 0) return { name: run, results };
  const had = [...new Set(results.cells.map(({ model }) => model))];
  throw new FsaError(
    'USAGE',
    `The run to be held against has no model ${strangers.join(' and no model ')}.`,
    {
      where: earlier,
      advice: `It has ${had.join(', ')}: name the models as there.`,
    },
  );
}

/** Figures of other sentences say nothing of a model. @throws FsaError USAGE */
async function requireSameTests(earlier: string, files: Measured['files']): Promise<void> {
  const { hashes = {} } = (await readRunFile(earlier)) ?? {};
  const other = Object.keys(files).filter((label) => hasOtherTests(hashes, label, files[label] ?? {}));
  if (other.length === 0) return;
  throw new FsaError(
    'USAGE',
    `The run to be held against was measured on other test sentences of ${listWords(other)}.`,
    {
      where: earlier,
      advice: 'Measure its model again on the files of today, or give this run the files of then.',
    },
  );
}

/**
 * Whether a run measured a dataset of that name, and on other test files; one that did not has no figures for it.
 * @param hashes of its run.json
 * @param files SHA-256 of the dataset's files by name
 */
export function hasOtherTests(
  hashes: Readonly<Record<string, string>>,
  label: string,
  files: Readonly<Record<string, string>>,
): boolean {
  const had = filesOfDataset(hashes, label);
  return had.size > 0 && testsOf([...had]) !== testsOf(Object.entries(files));
}

/** Files of a dataset without a gold tuple of its test set. */
const NO_TESTS: ReadonlySet<string> = new Set(['train.json', 'dev.json', DECLARATION_FILE]);

function testsOf(files: readonly (readonly [name: string, sha256: string])[]): string {
  return JSON.stringify(files.filter(([name]) => !NO_TESTS.has(name)).sort());
}
