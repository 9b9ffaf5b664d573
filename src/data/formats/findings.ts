/** What is wrong in a data file, and how it is reported: every problem of a file at once. */
import { FsaError } from '../../errors.js';
import type { JsonPath } from './json-text.js';

export interface Finding {
  readonly file: string;
  /** 1-based, in a Parquet file the number of the row; 0 where the whole file is meant. */
  readonly line: number;
  /** 1-based number of the example or row; null where the whole file is meant. */
  readonly row: number | null;
  /** The example's own id, where it has one. */
  readonly id?: string;
  /** `aspects[0].polarity`; null where the whole row or file is meant. */
  readonly field: string | null;
  /** Errors keep a row out; warnings are worth a look. */
  readonly severity: 'error' | 'warning';
  /** A short stable name of the kind of problem, for counting. */
  readonly kind: string;
  readonly message: string;
}

/** A problem inside one row; the caller knows file and line. */
export interface RowProblem {
  readonly path: JsonPath;
  readonly severity: 'error' | 'warning';
  readonly kind: string;
  readonly message: string;
}
export type ReportProblem = (problem: RowProblem) => void;

/** Most problems named in one error. */
export const PROBLEMS_SHOWN = 20;

/** `file:line example 3 (ID 17), aspects[0].polarity: ...` */
export function describeFinding(finding: Finding): string {
  return `${placeOfFinding(finding, finding.file)}: ${finding.message}`;
}

/** @param file the file as it is shown */
export function placeOfFinding({ line, row, id, field }: Finding, file: string): string {
  const place = line === 0 ? file : `${file}:${line}`;
  const example = row === null ? '' : ` example ${row}${id === undefined ? '' : ` (ID ${id})`}`;
  return `${place}${example}${field === null ? '' : `${example === '' ? ' ' : ', '}${field}`}`;
}

/** One error over the findings of a file, naming the first ones and saying how many more there are. */
export function errorOfFindings(file: string, findings: readonly Finding[], more = 0): FsaError {
  const count = findings.length + more;
  const left = count - Math.min(findings.length, PROBLEMS_SHOWN);
  const first = findings[0];
  return new FsaError('DATA', `${count} ${count === 1 ? 'problem' : 'problems'} in a data file.`, {
    where: first === undefined || first.line === 0 ? file : `${file}:${first.line}`,
    problems: [
      ...findings.slice(0, PROBLEMS_SHOWN).map(describeFinding),
      ...(left > 0 ? [`and ${left} more`] : []),
    ],
    advice: `Correct the file; \`fsa data check ${file}\` lists every problem.`,
  });
}

/** A JSON path as a reader writes it: `aspects[0].polarity`. */
export function formatPath(path: readonly (string | number)[]): string | null {
  if (path.length === 0) return null;
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
