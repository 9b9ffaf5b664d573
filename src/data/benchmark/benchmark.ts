/** The reader of benchmark files: what passes is whole, what does not is reported all at once. */
import { POLARITIES, type TaskName } from '../../tasks/vocabulary.js';
import { readRawFile, type RawFile, type RawRow } from './file.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import { isObject, own } from '../formats/json-values.js';
import { parseExample } from './rows.js';
import { errorOfFindings, type Finding, formatPath, type RowProblem } from '../formats/findings.js';

/** A row with what it became and what was found in it. */
export interface ReadRow {
  readonly row: RawRow;
  readonly example: BenchmarkExample | null;
  readonly findings: readonly Finding[];
}

export interface BenchmarkFile {
  readonly examples: BenchmarkExample[];
  readonly sha256: string;
}

/**
 * The examples of a benchmark file (JSON array or JSON lines, UTF-8 with or without byte-order mark).
 * @throws FsaError DATA with every problem of the file: line, example number (from 1) and field
 */
export async function readBenchmarkFile(
  path: string,
  task: TaskName,
  polarities: readonly string[] = POLARITIES,
): Promise<BenchmarkExample[]> {
  return examplesOf(await readRawFile(path), task, polarities).examples;
}

/** @throws FsaError DATA where any row has an error; warnings are for `fsa data check` */
export function examplesOf(
  raw: RawFile,
  task: TaskName,
  polarities: readonly string[] = POLARITIES,
): BenchmarkFile {
  const rows = readRows(raw, task, polarities);
  const errors = [...raw.faults, ...rows.flatMap((row) => row.findings)].filter(
    (finding) => finding.severity === 'error',
  );
  if (errors.length > 0) {
    throw errorOfFindings(
      raw.file,
      errors.sort((a, b) => a.line - b.line),
    );
  }
  const examples = rows.map((row) => row.example).filter((example) => example !== null);
  return { examples, sha256: raw.sha256 };
}

/** Also of a row that is no example for other reasons. */
function idOf(value: unknown): { readonly id?: string } {
  const id = isObject(value) ? own(value, 'ID') : null;
  const said = typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? String(id) : '';
  return said === '' ? {} : { id: said.slice(0, LONGEST_ID) };
}

/** Enough to find it by. */
const LONGEST_ID = 60;

/** Every row of a file with its findings; a repeated id is an error of the later row. */
export function readRows(
  raw: RawFile,
  task: TaskName,
  polarities: readonly string[] = POLARITIES,
): ReadRow[] {
  const firstLineOf = new Map<string, number>();
  return raw.rows.map((row) => {
    const problems: RowProblem[] = [];
    const example = parseExample(row.value, task, (problem) => problems.push(problem), polarities);
    const before = example === null ? undefined : firstLineOf.get(example.id);
    if (before !== undefined) {
      const message = `the id ${JSON.stringify(example?.id)} is on line ${before} already`;
      problems.push({ path: ['ID'], severity: 'error', kind: 'duplicate-id', message });
    } else if (example !== null) firstLineOf.set(example.id, row.line);
    const findings = problems.map(
      (problem): Finding => ({
        file: raw.file,
        line: row.lineOf(problem.path),
        row: row.number,
        ...idOf(row.value),
        field: formatPath(problem.path),
        severity: problem.severity,
        kind: problem.kind,
        message: problem.message,
      }),
    );
    return { row, example, findings };
  });
}
