/** `fsa data check`: every problem of benchmark and corpus files at once, and the rows that pass. */
import { basename, dirname } from 'node:path';
import type { ScoringRules } from '../../scoring/metrics.js';
import { unreachableTuples } from '../../scoring/reachable.js';
import { describeOtherForm, tuplesOfOtherForm } from '../../scoring/usual-form.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import { taskNamed } from '../../tasks/registry.js';
import type { Task } from '../../tasks/vocabulary.js';
import { FORMATS } from '../importers/importer.js';
import { isFsaError } from '../../errors.js';
import { findAnswerProblems } from '../corpus/answer-checks.js';
import { readDeclaration } from '../benchmark/declaration.js';
import { readRows } from '../benchmark/benchmark.js';
import type { SeenSentences } from '../benchmark/shared-sentences.js';
import { type RawFile, readRawFile } from '../benchmark/file.js';
import { parseRawRow } from '../corpus/corpus.js';
import type { CorpusRow } from '../corpus/rows.js';
import type { Finding } from '../formats/findings.js';
import type { Told } from '../formats/reading-progress.js';
import { describeTwiceEncoded } from '../formats/twice-encoded.js';
import { readRawRows } from '../formats/raw-rows.js';
import { taskOf } from '../benchmark/detect-task.js';
import { type DataKind, detectKind } from './detect-kind.js';
import { refuseForeignFile } from '../importers/foreign-file.js';

export interface CheckedFile {
  readonly file: string;
  readonly kind: DataKind;
  /** Of benchmark files. */
  readonly task: Task | null;
  readonly rows: number;
  /** Rows without an error. */
  readonly passed: number;
  readonly errors: number;
  readonly warnings: number;
  /** Gold tuples that cannot be written as a target that reads back: counted as gold, never found. */
  readonly unreachableGold: number;
  /**
   * Gold tuples that the tokenizers of T5 models usually write otherwise (NFKC, single spaces), so that an exact
   * comparison never finds them; 0 where the tokenizer of a model is asked instead.
   */
  readonly otherForms: number;
  /** How often each kind of problem was found. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A checked row, for whoever sorts the good from the bad. */
export interface CheckedRow {
  /** The row's value or, where it is no JSON, its text. */
  readonly value: unknown;
  /** The row's own text; null where it has none (Parquet). */
  readonly text: string | null;
  readonly line: number;
  readonly findings: readonly Finding[];
  readonly passed: boolean;
}

export interface CheckOptions {
  /** Of benchmark files that do not tell. */
  readonly task?: Task | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the files beside it hold, of those that were checked before. */
  readonly seen?: SeenSentences | undefined;
  /** Told how far the file is read. */
  readonly told?: Told | undefined;
  /** Told each finding as it comes; there may be millions. */
  readonly onFinding: (finding: Finding) => void;
  /** Told each benchmark row that reads, instead of judging its form without a tokenizer. */
  readonly onExample?: ((example: BenchmarkExample, rules: ScoringRules) => void) | undefined;
  /** Told each row in order. */
  readonly onRow?: ((row: CheckedRow) => Promise<void>) | undefined;
}

/** Checks one file. Trouble with the file as a whole is a finding, too. */
export async function checkFile(file: string, options: CheckOptions): Promise<CheckedFile> {
  const tally = new Tally(file, options);
  let kind: DataKind = 'unknown';
  let task: Task | null = null;
  try {
    const detected = await detectKind(file, options.signal);
    kind = detected.kind;
    if (kind === 'benchmark') {
      const raw = await readRawFile(file);
      const declared = await readDeclaration(dirname(file));
      task = options.task ?? declared.task ?? taskOf(file, raw);
      await checkBenchmark(raw, { task, polarities: declared.polarities }, tally, options);
    } else if (kind === 'unknown') {
      tally.tellFile('unknown', await describeUnknown(file, options.signal));
    } else if (detected.list) {
      tally.tellFile('list', 'corpus files hold one object per line, not a list (jq -c ".[]" FILE)');
    } else await checkCorpus(file, tally, options);
  } catch (error) {
    if (!isFsaError(error) || error.code !== 'DATA') throw error;
    const advice = error.advice === null ? '' : ` ${error.advice}`;
    tally.tellFile('file', `${error.message}${advice}`, Number(/:(\d+)$/.exec(error.where ?? '')?.[1] ?? 0));
  }
  return { file, kind, task, ...tally.sums() };
}

async function checkBenchmark(
  raw: RawFile,
  rules: ScoringRules,
  tally: Tally,
  { onExample, seen }: CheckOptions,
): Promise<void> {
  const { task, polarities } = rules;
  const rows = readRows(raw, task, polarities).map(
    ({ row: { value, text, line, number }, example, findings }) => {
      const place = { file: raw.file, line, row: number, ...(example === null ? {} : { id: example.id }) };
      const found =
        example === null
          ? []
          : [...judgeGold(example, rules, place, tally, onExample), ...findSeen(example, place, seen)];
      return { value, text: text(), line, findings: [...findings, ...found] };
    },
  );
  const faulty = raw.faults.map((fault) => ({
    value: null,
    text: null,
    line: fault.line,
    findings: [fault] as readonly Finding[],
  }));
  for (const row of [...rows, ...faulty].sort((a, b) => a.line - b.line)) await tally.take(row);
}

type Place = Pick<Finding, 'file' | 'line' | 'row' | 'id'>;

function findSeen(
  { sentence, id }: BenchmarkExample,
  place: Place,
  seen: SeenSentences | undefined,
): Finding[] {
  const other = seen?.placeOf(sentence, basename(place.file), id);
  if (other == null) return [];
  const message = `the sentence stands in ${other.file}, too (ID ${other.id}): a model would be judged by what it has seen`;
  return [{ ...place, field: 'sentence', severity: 'warning', kind: 'in-another-part', message }];
}

/** Gold that no prediction can find, whatever the model, and gold that depends on how a tokenizer writes it. */
function judgeGold(
  example: BenchmarkExample,
  rules: ScoringRules,
  place: Place,
  tally: Tally,
  onExample: CheckOptions['onExample'],
): Finding[] {
  const { goldTuples, targetText } = taskNamed(rules.task);
  const gold = targetText(example, 'text');
  const row = { sentence: example.sentence, goldTuples: goldTuples(example), gold };
  tally.unreachableGold += unreachableTuples(row, gold, rules).length;
  if (onExample !== undefined) {
    onExample(example, rules);
    return [];
  }
  const others = tuplesOfOtherForm(row, rules);
  tally.otherForms += others.length;
  return others.map((tuple) => ({
    ...place,
    field: null,
    severity: 'warning' as const,
    kind: 'other-form',
    message: `${describeOtherForm(tuple)} under the tokenizers of T5 models, and is never found by an exact comparison`,
  }));
}

async function checkCorpus(file: string, tally: Tally, { signal, told }: CheckOptions): Promise<void> {
  const firstLineOf = new Map<string, number>();
  let rows = 0;
  const onBytes = (bytes: number): void => told?.(rows, bytes);
  for await (const raws of readRawRows(file, { signal, onBytes })) {
    for (const raw of raws) {
      rows++;
      const { row, value, problems } = parseRawRow(file, raw);
      const findings = row === null ? problems : warningsOf(row, file, firstLineOf);
      const text = 'value' in raw ? null : raw.text;
      await tally.take({ value: value ?? text, text, line: raw.number, findings });
    }
  }
}

function warningsOf(row: CorpusRow, file: string, firstLineOf: Map<string, number>): Finding[] {
  const warnings: Finding[] = [];
  const warn = (field: string, kind: string, message: string): void => {
    warnings.push({ file, line: row.line, row: null, field, severity: 'warning', kind, message });
  };
  const { stars } = row;
  if (stars !== null && !(Number.isInteger(stars) && stars >= 1 && stars <= 5)) {
    warn('Overall', 'stars-off-scale', `${stars} stars are not on the scale from 1 to 5`);
  }
  for (const [field, text] of [['Text', row.text] as const, [row.answerField, row.answer] as const]) {
    const message = describeTwiceEncoded(text);
    if (message !== null) warn(field, 'twice-encoded', message);
  }
  for (const problem of findAnswerProblems(row.answer)) warn(row.answerField, problem.kind, problem.message);
  const before = firstLineOf.get(row.id);
  if (before === undefined) firstLineOf.set(row.id, row.line);
  else warn('ID', 'duplicate-id', `the id ${JSON.stringify(row.id)} is on line ${before} already`);
  return warnings;
}

/** Counts what is found in a file while passing it on. */
class Tally {
  #rows = 0;
  #passed = 0;
  #errors = 0;
  readonly #counts = new Map<string, number>();
  #warnings = 0;
  unreachableGold = 0;
  otherForms = 0;

  constructor(
    private readonly file: string,
    private readonly options: CheckOptions,
  ) {}

  async take(row: Omit<CheckedRow, 'passed'>): Promise<void> {
    const { findings } = row;
    const passed = findings.every((finding) => finding.severity === 'warning');
    this.#rows++;
    if (passed) this.#passed++;
    for (const finding of findings) this.#tell(finding);
    if (this.options.onRow !== undefined) await this.options.onRow({ ...row, passed });
  }

  tellFile(kind: string, message: string, line = 0): void {
    this.#tell({ file: this.file, line, row: null, field: null, severity: 'error', kind, message });
  }

  sums(): Omit<CheckedFile, 'file' | 'kind' | 'task'> {
    return {
      rows: this.#rows,
      passed: this.#passed,
      errors: this.#errors,
      warnings: this.#warnings,
      unreachableGold: this.unreachableGold,
      otherForms: this.otherForms,
      counts: Object.fromEntries(this.#counts),
    };
  }

  #tell(finding: Finding): void {
    if (finding.severity === 'error') this.#errors++;
    else this.#warnings++;
    this.#counts.set(finding.kind, (this.#counts.get(finding.kind) ?? 0) + 1);
    this.options.onFinding(finding);
  }
}

/** What a file of neither kind most looks like, and what reads it. */
async function describeUnknown(file: string, signal: AbortSignal | undefined): Promise<string> {
  const neither = 'neither a benchmark file (sentence, aspects) nor a corpus file (Text, *_response)';
  try {
    await refuseForeignFile(file, signal);
    return neither;
  } catch (error) {
    if (!isFsaError(error)) throw error;
    const { message, problems, advice } = error;
    const [nearest] = problems;
    const like =
      nearest === undefined || FORMATS.some((name) => nearest.startsWith(`${name}:`)) ? '' : ` ${nearest};`;
    const forms = problems.length === 0 ? '' : `${like} \`fsa data import\` reads ${FORMATS.join(', ')}.`;
    return `${neither}. ${message}${forms} ${advice ?? ''} Predictions are checked by \`fsa score\`.`;
  }
}
