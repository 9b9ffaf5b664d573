/** One corpus row: a review and what a teacher wrote about it. */
import type { ReportProblem } from '../formats/findings.js';
import { expected, isObject, nameOf, own, quoted } from '../formats/json-values.js';

export interface CorpusRow {
  readonly id: string;
  /** The review. */
  readonly text: string;
  /** Stars from 1 to 5; null where the file does not say. */
  readonly stars: number | null;
  /** What the teacher wrote. */
  readonly answer: string;
  /** `mixtral_response`: the key that holds the answer. */
  readonly answerField: string;
  /** Put before the review; null in most files. */
  readonly prompt: string | null;
  /** 1-based; in a Parquet file the number of the row. */
  readonly line: number;
}

/** The published names, and those of teachers that users bring. */
const ANSWER_FIELD = /^\w[\w.-]*_response$/;

/** The row in a raw value; null where an error was reported. */
export function parseCorpusRow(value: unknown, line: number, report: ReportProblem): CorpusRow | null {
  let errors = 0;
  const fail = (field: string, kind: string, message: string): null => {
    errors++;
    report({ path: field === '' ? [] : [field], severity: 'error', kind, message });
    return null;
  };
  if (!isObject(value)) {
    const hint = Array.isArray(value) ? '; corpus files hold one object per line (jq -c ".[]" FILE)' : '';
    return fail('', 'not-an-object', `a row is an object, not ${nameOf(value)}${hint}`);
  }
  const text = readText(value, 'Text', fail);
  const answer = readAnswer(value, fail);
  const id = own(value, 'ID');
  if (typeof id !== 'number' && (typeof id !== 'string' || id === '')) {
    fail('ID', id === undefined ? 'missing' : 'type', expected('ID', 'a text or a number', id));
  }
  const stars = own(value, 'Overall') ?? null;
  if (stars !== null && typeof stars !== 'number') {
    fail('Overall', 'type', `Overall is ${quoted(stars)}, but a number of stars (or null) should stand here`);
  }
  const prompt = own(value, 'prompt') ?? null;
  if (prompt !== null && typeof prompt !== 'string') {
    fail('prompt', 'type', expected('prompt', 'a text', prompt));
  }
  if (errors > 0 || text === null || answer === null) return null;
  return {
    id: String(id),
    text,
    stars: stars as number | null,
    ...answer,
    prompt: prompt as string | null,
    line,
  };
}

type Fail = (field: string, kind: string, message: string) => null;

function readAnswer(
  value: Record<string, unknown>,
  fail: Fail,
): Pick<CorpusRow, 'answer' | 'answerField'> | null {
  const fields = Object.keys(value).filter((key) => ANSWER_FIELD.test(key) && value[key] !== null);
  const [answerField, second] = fields;
  if (answerField === undefined) {
    return fail('', 'missing', 'no answer: mixtral_response, chatgpt_response or llama2_response is missing');
  }
  if (second !== undefined) {
    return fail(second, 'several-answers', `more than one answer: ${fields.join(', ')}`);
  }
  const answer = readText(value, answerField, fail);
  return answer === null ? null : { answer, answerField };
}

function readText(value: Record<string, unknown>, field: string, fail: Fail): string | null {
  const text = own(value, field);
  if (typeof text !== 'string') {
    return fail(field, text === undefined ? 'missing' : 'type', expected(field, 'a text', text));
  }
  return text.trim() === '' ? fail(field, 'empty', `${field} is empty`) : text;
}

/**
 * What the student reads: the prompt, if there is one, directly before the review. Nothing is put between
 * them, as in the published scripts: a prompt ends with the space or line break it wants.
 */
export function sourceOf(row: CorpusRow): string {
  return row.prompt === null ? row.text : row.prompt + row.text;
}
