/** `fsa data check`: validates benchmark and corpus files, and sorts out bad rows where asked to. */
import { basename, dirname, resolve } from 'node:path';
import { type Task, TASKS } from '../../tasks/vocabulary.js';
import { DECLARATION_FILE } from '../../data/benchmark/declaration.js';
import { SeenSentences } from '../../data/benchmark/shared-sentences.js';
import { type CheckedFile, checkFile, type CheckOptions } from '../../data/check/check.js';
import type { Finding } from '../../data/formats/findings.js';
import { readingTeller } from '../../data/formats/reading-progress.js';
import { sortOutFile } from '../../data/check/split-rows.js';
import { findCorpus } from '../sources/corpus.js';
import { namesBelow, refuseInput } from './output-files.js';
import { readingEvents } from '../run/data-progress.js';
import type { Work } from '../run/run-handle.js';
import type { ScoringRules } from '../../scoring/metrics.js';
import type { SplitReach } from '../../scoring/reach.js';
import { taskNamed } from '../../tasks/registry.js';
import type { GoldRow } from '../eval/datasets.js';
import { requireChoice } from '../../config/require-choice.js';

export interface DataCheckOptions {
  /** Files, folders and globs. */
  readonly paths: readonly string[];
  /** Only for benchmark files that do not tell. */
  readonly task?: Task;
  /** Folder for the rows that pass and, apart from them, the rest with reasons. */
  readonly fix?: string;
  /** Asks the tokenizer of this model (hub id, folder or run) what it leaves of benchmark files. Needs Python. */
  readonly model?: string;
  /** Told every finding; the result keeps only the first ones of each file. */
  readonly onFinding?: (finding: Finding) => void;
  readonly cwd?: string;
}

export interface DataCheckResult {
  readonly files: readonly (CheckedFile & {
    readonly passedFile: string | null;
    readonly rejectedFile: string | null;
    /** What the tokenizer of `model` leaves of the gold; null for corpora, and where no model is named. */
    readonly reach: SplitReach | null;
  })[];
  /** At most `FINDINGS_KEPT` of each file; the counts in `files` are of all. */
  readonly findings: readonly Finding[];
  readonly errors: number;
  readonly warnings: number;
}

/** Enough to work through, and never the memory of two million rows. */
export const FINDINGS_KEPT = 1000;

/** A dataset.json holds no rows: it is judged with each file beside it. One that is named alone stays, to be told what it is. */
function withoutDeclarations(files: readonly string[]): readonly string[] {
  const rows = files.filter((file) => basename(file) !== DECLARATION_FILE);
  return rows.length === 0 ? files : rows;
}

/** @throws FsaError DATA where nothing is found, or `fix` would write over something */
export async function checkData(options: DataCheckOptions, { emit, signal }: Work): Promise<DataCheckResult> {
  const { cwd = process.cwd() } = options;
  if (options.task !== undefined) requireChoice('task', options.task, TASKS);
  const files = withoutDeclarations(await findCorpus(options.paths, cwd));
  const out = options.fix === undefined ? null : resolve(cwd, options.fix);
  const nameOf = namesBelow(files);
  if (out !== null) refuseInput(out, files);
  const findings: Finding[] = [];
  const results: Omit<DataCheckResult['files'][number], 'reach'>[] = [];
  const gold = new Map<string, GoldOfFile>();
  const nextFile = await readingTeller(files, readingEvents('checking', emit));
  const seenIn = new Map(files.map((file) => [dirname(file), new SeenSentences()]));
  for (const file of files) {
    signal.throwIfAborted();
    let kept = 0;
    const onFinding = (finding: Finding): void => {
      if (kept++ < FINDINGS_KEPT) findings.push(finding);
      options.onFinding?.(finding);
    };
    const onExample = options.model === undefined ? undefined : collectGold(file, gold);
    const seen = seenIn.get(dirname(file));
    const settings = { task: options.task, signal, seen, told: nextFile(), onFinding, onExample };
    if (out === null) {
      const checked = await checkFile(file, settings);
      results.push({ ...checked, passedFile: null, rejectedFile: null });
    } else {
      const { checked, ...written } = await sortOutFile(file, out, nameOf(file), settings);
      results.push({ ...checked, ...written });
    }
  }
  const reaches = await reachOfFiles(gold, options.model, { emit, signal, cwd });
  return {
    files: results.map((file) => ({ ...file, reach: reaches.get(file.file) ?? null })),
    findings,
    errors: results.reduce((sum, file) => sum + file.errors, 0),
    warnings: results.reduce((sum, file) => sum + file.warnings, 0),
  };
}

/** The gold rows of a file, in the form that models write. */
interface GoldOfFile {
  readonly rules: ScoringRules;
  readonly rows: GoldRow[];
}

function collectGold(file: string, gold: Map<string, GoldOfFile>): CheckOptions['onExample'] {
  return (example, rules) => {
    const { goldTuples, targetText } = taskNamed(rules.task);
    const { id, sentence } = example;
    const row = {
      id,
      sentence,
      gold: targetText(example, 'text'),
      goldTuples: goldTuples(example),
      subsets: [],
    };
    const known = gold.get(file);
    if (known === undefined) gold.set(file, { rules, rows: [row] });
    else known.rows.push(row);
  };
}

async function reachOfFiles(
  gold: ReadonlyMap<string, GoldOfFile>,
  model: string | undefined,
  context: Work & { readonly cwd: string },
): Promise<ReadonlyMap<string, SplitReach>> {
  if (model === undefined || gold.size === 0) return new Map();
  // What asks a worker is loaded where one is asked.
  const { measureFiles } = await import('./dataset-reach.js');
  const { files } = await measureFiles([...gold.values()], { model }, context);
  return new Map(
    [...gold.keys()].flatMap((file, index) => {
      const reach = files[index]?.reach;
      return reach === undefined ? [] : [[file, reach] as const];
    }),
  );
}
