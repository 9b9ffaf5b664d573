/** `fsa card`: a student's model card, from what its folder and its runs say. */
import { basename, dirname, resolve } from 'node:path';
import { readOwnVersion } from '../../config/version.js';
import { FsaError } from '../../errors.js';
import { isRepositoryId } from '../../hub/api/repository.js';
import { STUDENT_FILE, type StudentFile } from '../../inference/student-file.js';
import { modelCard } from '../../report/card.js';
import { printableLine } from '../../printable.js';
import type { Report } from '../../report/types.js';
import { readRunFile } from '../../runs/run-folder.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { findTaskName } from '../../tasks/registry.js';
import { hasOtherTests } from '../gates.js';
import { report } from '../report.js';
import type { Work } from '../run/run-handle.js';
import { resolveStudent } from '../sources/student.js';

export interface CardOptions {
  /** A student's folder, or the run that made it. */
  readonly model: string;
  /** As hubs name it: `apache-2.0`, `cc-by-nc-4.0`, `other`. */
  readonly license: string;
  /** Codes such as `de`; none is claimed where none is said. */
  readonly languages?: readonly string[];
  /** Name in the card; that of the folder or repository unless said otherwise. */
  readonly name?: string;
  /** `owner/name` of the hub where the card will lie: its example names it. */
  readonly repo?: string;
  /** Eval runs with the figures over seeds; the run that the student lies in unless said otherwise. */
  readonly results?: readonly string[];
  /** Model of those runs to compare with. */
  readonly baseline?: string;
  /** File to write the card to. */
  readonly output?: string;
  readonly cwd?: string;
}

export interface CardResult {
  readonly card: string;
  /** The student's own folder. */
  readonly folder: string;
  /** What fsa.json says of it. */
  readonly student: StudentFile;
  readonly file: string | null;
}

/** @throws FsaError CONFIG where there is no student, USAGE without a licence */
export async function makeCard(options: CardOptions, { signal }: Pick<Work, 'signal'>): Promise<CardResult> {
  const cwd = options.cwd ?? process.cwd();
  const license = checkLicense(options.license);
  const { folder, file: student } = await resolveStudent(options.model, cwd, { raw: true });
  const task = student === null ? null : findTaskName(student.task);
  if (student === null || task === null)
    throw new FsaError(
      'CONFIG',
      `The model has no ${STUDENT_FILE}: nothing is known of it that a card could say.`,
      {
        where: folder,
        advice: 'Make the student with `fsa finetune`, or keep it with `fsa eval --keep-models`.',
      },
    );
  const trained = trainingOf(student);
  const run = await findRun(folder);
  const runs = options.results?.map((path) => resolve(cwd, path)) ?? (run === null ? [] : [run]);
  const reported = await readReports(runs, options, signal);
  const modelInReport = await findInRuns(runs, trained);
  await requireSameTests(runs, `${task}/${trained.dataset ?? ''}`, trained.files);
  if (options.results !== undefined && reported !== null)
    requireFigures(reported, { runs, task, dataset: trained.dataset, model: modelInReport });
  const notes = await Promise.all([...new Set([...(run === null ? [] : [run]), ...runs])].map(notesOf));
  const start = trained.startingModel === null ? null : await readStart(trained.startingModel, cwd);
  const name = options.name === undefined ? basename(run ?? folder) : checkTitle(options.name, 'name');
  const card = modelCard({
    name,
    repo: options.repo ?? null,
    license,
    languages: options.languages ?? [],
    task,
    polarities: student.polarities,
    maxInputTokens: student.maxInputTokens,
    maxGeneratedTokens: student.maxGeneratedTokens,
    digest: student.digest,
    baseModel: baseModelOf(trained.startingModel),
    training: [...describeTraining(trained), ...(start?.facts ?? [])],
    contamination: contaminationOf([...notes.flat(), ...(start?.notes ?? [])]),
    dataset: trained.dataset,
    seed: trained.seed,
    scores: student.test,
    report: reported,
    modelInReport,
    onnx: student.onnx !== null,
    fsaVersion: readOwnVersion(),
  });
  const file = options.output === undefined ? null : resolve(cwd, options.output);
  if (file !== null) await writeFileAtomic(file, card);
  return { card, folder, student, file };
}

/** The starting model where the hub knows it; a path says nothing to others. */
export function baseModelOf(startingModel: string | null): string | null {
  return startingModel !== null && isRepositoryId(startingModel) && !/^(runs|models|\.)/.test(startingModel)
    ? startingModel
    : null;
}

function checkLicense(license: string | undefined): string {
  if (license !== undefined && /^[a-z0-9][a-z0-9.+-]*$/i.test(license)) return license.toLowerCase();
  throw new FsaError(
    'USAGE',
    license === undefined ? 'The licence is missing.' : `${JSON.stringify(license)} is no licence's name.`,
    {
      where: '--license',
      advice:
        'Name one as hubs do, such as apache-2.0, mit, cc-by-nc-4.0 or other; the starting model, the data and the teacher say what is allowed.',
    },
  );
}

/** A title is one line with something in it. @throws FsaError USAGE */
export function checkTitle(text: string, what: 'name' | 'message'): string {
  if (text.trim() !== '' && printableLine(text) === text) return text;
  throw new FsaError('USAGE', `The ${what} is empty, or more than one plain line.`, {
    where: `--${what}`,
    advice: `Give one with words in it, or leave out --${what}.`,
  });
}

interface Training {
  readonly model: string | null;
  readonly dataset: string | null;
  readonly seed: number | null;
  readonly startingModel: string | null;
  readonly startingDigest: string | null;
  readonly epochs: number | null;
  readonly trainShare: number | null;
  readonly files: Readonly<Record<string, string>>;
}

/** What fsa.json says of the training; it may come from elsewhere, so every field may be missing. */
function trainingOf({ trainedOn }: StudentFile): Training {
  const text = (key: string): string | null => {
    const value = trainedOn?.[key];
    return typeof value === 'string' ? value : null;
  };
  const number = (key: string): number | null => {
    const value = trainedOn?.[key];
    return typeof value === 'number' ? value : null;
  };
  const files = Object.entries(trainedOn?.['files'] ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    model: text('model'),
    dataset: text('dataset'),
    seed: number('seed'),
    startingModel: text('startingModel'),
    startingDigest: text('startingDigest'),
    epochs: number('epochs'),
    trainShare: number('trainShare'),
    files: Object.fromEntries(files),
  };
}

function describeTraining({ dataset, seed, startingModel, epochs, trainShare, files }: Training): string[] {
  if (dataset === null) return ['Nobody wrote down what it was trained on.'];
  const share = trainShare === null || trainShare === 1 ? '' : `${+(trainShare * 100).toFixed(4)} % of `;
  const begun =
    startingModel === null ? '' : `, from ${baseModelOf(startingModel) ?? basename(startingModel)}`;
  return [
    `Fine-tuned on ${share}the training part of ${dataset}${begun}: ${epochs ?? '?'} epochs, seed ${seed ?? '?'}; the epoch with the best F1 on dev was kept.`,
    ...Object.entries(files).map(([name, sha256]) => `${name}: SHA-256 ${sha256}`),
  ];
}

/** The run that a model's folder lies in; null where it lies in none. */
async function findRun(folder: string): Promise<string | null> {
  for (const candidate of [folder, dirname(folder), dirname(dirname(dirname(folder)))]) {
    if ((await readRunFile(candidate).catch(() => null)) !== null) return candidate;
  }
  return null;
}

async function notesOf(run: string): Promise<readonly string[]> {
  return (await readRunFile(run))?.notes ?? [];
}

/** What the starting model's own run says, where it is one of fsa's on this machine. */
async function readStart(
  startingModel: string,
  cwd: string,
): Promise<{ readonly facts: string[]; readonly notes: readonly string[] } | null> {
  if (baseModelOf(startingModel) !== null) return null;
  const run = await findRun(resolve(cwd, startingModel));
  const file = run === null ? null : await readRunFile(run);
  if (file?.kind !== 'distill') return null;
  const settings = file.config['distill'] as { steps?: number; corpus?: readonly string[] } | undefined;
  const corpora = (settings?.corpus ?? []).map((path) => basename(path));
  const facts = [
    `The starting model was distilled for ${settings?.steps ?? '?'} steps from what a large language model wrote about reviews (${corpora.join(', ')}).`,
  ];
  return { facts, notes: file.notes };
}

function contaminationOf(notes: readonly string[]): string[] {
  const known = [...new Set(notes)];
  if (known.length > 0) return known;
  return [
    'Nobody has measured whether test sentences stand in the training data or in what the starting model has read; `fsa data overlap` does for data at hand.',
  ];
}

/** What the runs call the model that began with the student's weights; without such a one, the student's own name. */
async function findInRuns(
  runs: readonly string[],
  { model, startingDigest }: Training,
): Promise<string | null> {
  if (startingDigest === null) return model;
  for (const run of runs) {
    const names = Object.entries((await readRunFile(run))?.hashes ?? {})
      .filter(([name, digest]) => name.startsWith(HASH_OF_MODEL) && digest === startingDigest)
      .map(([name]) => name.slice(HASH_OF_MODEL.length));
    if (names.length > 0) return names.find((name) => name === model) ?? names[0] ?? null;
  }
  return model;
}

const HASH_OF_MODEL = 'model ';

interface Wanted {
  readonly runs: readonly string[];
  readonly task: string;
  readonly dataset: string | null;
  readonly model: string | null;
}

/** @throws FsaError USAGE where runs that were asked for say nothing of the model on its dataset */
function requireFigures({ tasks }: Report, { runs, task, dataset, model }: Wanted): void {
  const measured = tasks
    .filter((one) => one.task === task)
    .flatMap(({ rows }) => rows)
    .filter(({ cells }) => cells.some((cell) => cell.dataset === dataset))
    .map((row) => row.model);
  if (model !== null && measured.includes(model)) return;
  const label = `${task}/${dataset ?? '?'}`;
  const there = measured.length > 0 ? [...new Set(measured)].join(', ') : 'no model';
  throw new FsaError('USAGE', `The results say nothing of this student on ${label}.`, {
    where: runs.join(', '),
    advice: `They have ${there} on it: name an eval of the model that the student began with${model === null ? '' : ` (${model} at that time)`}, or leave out --results.`,
  });
}

/** Figures of other sentences under the same name would stand beside the student's own. @throws FsaError USAGE */
async function requireSameTests(
  runs: readonly string[],
  label: string,
  files: Training['files'],
): Promise<void> {
  // A student from elsewhere may not say what it was measured on.
  if (Object.keys(files).length === 0) return;
  for (const run of runs) {
    const { hashes = {} } = (await readRunFile(run)) ?? {};
    if (!hasOtherTests(hashes, label, files)) continue;
    throw new FsaError('USAGE', `The results are of other test sentences of ${label} than the student's.`, {
      where: run,
      advice: 'Name an eval on the files that the student was measured on, or leave out --results.',
    });
  }
}

async function readReports(
  runs: readonly string[],
  { baseline }: CardOptions,
  signal: AbortSignal,
): Promise<Report | null> {
  if (runs.length === 0) return null;
  const options = { runs, ...(baseline === undefined ? {} : { baseline }) };
  return (await report(options, { signal })).report;
}
