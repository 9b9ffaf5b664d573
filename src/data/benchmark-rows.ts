/** One benchmark example: from the raw JSON value to what fsa works with, or to what is wrong with it. */
import { POLARITIES, type Polarity, type Task } from '../config/vocabulary.js';
import type { JsonPath } from './json-text.js';

export interface BenchmarkAspect {
  /** Null where the aspect has no words of its own in the sentence. */
  readonly term: string | null;
  /** Offsets of the term in characters; 0 where the file has null. */
  readonly from: number;
  readonly to: number;
  /** The offsets as the file has them; the published order compares strings as strings. */
  readonly fromRaw: string | number | null;
  readonly toRaw: string | number | null;
  /** `LAPTOP#GENERAL`; null in files of terms. */
  readonly category: string | null;
  readonly polarity: Polarity;
  /** Words that say the opinion; empty where it is implied; null where the file does not say. */
  readonly opinionWords: readonly string[] | null;
}

export interface BenchmarkExample {
  readonly id: string;
  readonly sentence: string;
  readonly aspects: readonly BenchmarkAspect[];
}

/** A problem inside one row; the caller knows file and line. */
export interface RowProblem {
  readonly path: JsonPath;
  readonly severity: 'error' | 'warning';
  readonly kind: string;
  readonly message: string;
}
export type ReportProblem = (problem: RowProblem) => void;

type Json = Record<string, unknown>;

/** The example in a raw value; null where an error was reported. */
export function parseExample(value: unknown, task: Task, report: ReportProblem): BenchmarkExample | null {
  let errors = 0;
  const fail = (path: JsonPath, kind: string, message: string): null => {
    errors++;
    report({ path, severity: 'error', kind, message });
    return null;
  };
  if (!isObject(value)) return fail([], 'not-an-object', `an example is an object, not ${nameOf(value)}`);
  const id = readId(value, fail);
  const sentence = readSentence(value, fail);
  const list = own(value, 'aspects');
  if (!Array.isArray(list)) {
    return fail(['aspects'], list === undefined ? 'missing' : 'type', expected('aspects', 'a list', list));
  }
  const aspects = list.map((aspect: unknown, index) =>
    isObject(aspect)
      ? parseAspect(aspect, sentence, task, (path, kind, message, severity = 'error') => {
          if (severity === 'error') errors++;
          report({ path: ['aspects', index, ...path], severity, kind, message });
        })
      : fail(['aspects', index], 'type', `an aspect is an object, not ${nameOf(aspect)}`),
  );
  if (errors > 0 || id === null || sentence === null) return null;
  return { id, sentence, aspects: aspects.filter((aspect) => aspect !== null) };
}

type Fail = (path: JsonPath, kind: string, message: string) => null;
type Tell = (path: JsonPath, kind: string, message: string, severity?: RowProblem['severity']) => void;

function readId(value: Json, fail: Fail): string | null {
  const id = own(value, 'ID');
  if (typeof id === 'string' && id.trim() !== '') return id;
  if (typeof id === 'number') return String(id);
  if (id === undefined && own(value, 'id') !== undefined) {
    return fail(['ID'], 'missing', 'the key is written ID, in capitals');
  }
  return fail(['ID'], id === undefined ? 'missing' : 'type', expected('ID', 'a text or a number', id));
}

function readSentence(value: Json, fail: Fail): string | null {
  const sentence = own(value, 'sentence');
  if (typeof sentence !== 'string') {
    const kind = sentence === undefined ? 'missing' : 'type';
    return fail(['sentence'], kind, expected('sentence', 'a text', sentence));
  }
  return sentence.trim() === '' ? fail(['sentence'], 'empty', 'the sentence is empty') : sentence;
}

function parseAspect(raw: Json, sentence: string | null, task: Task, tell: Tell): BenchmarkAspect | null {
  const term = readTerm(raw, sentence, task, tell);
  const category = readCategory(raw, task, tell);
  const from = readOffset(raw, 'from', task, tell);
  const to = readOffset(raw, 'to', task, tell);
  const opinionWords = readOpinionWords(raw, tell);
  const polarity = readPolarity(raw, tell);
  if (polarity === null) return null;
  const aspect = {
    term,
    category,
    polarity,
    opinionWords,
    from: from === null ? 0 : Number(from),
    to: to === null ? 0 : Number(to),
    fromRaw: from,
    toRaw: to,
  };
  if (sentence !== null && from !== null && to !== null) warnOfOffsets(aspect, sentence, tell);
  return aspect;
}

function readTerm(raw: Json, sentence: string | null, task: Task, tell: Tell): string | null {
  const term = own(raw, 'target');
  if (term === null || term === 'NULL') return null;
  if (term === undefined) {
    if (task === 'atsa') tell(['target'], 'missing', expected('target', 'a text or null', term));
    return null;
  }
  if (typeof term !== 'string') tell(['target'], 'type', expected('target', 'a text or null', term));
  else if (term.trim() === '') tell(['target'], 'empty', 'the term is empty; null stands for no term');
  else {
    if (sentence?.includes(term) === false) {
      const severity = task === 'atsa' ? 'error' : 'warning';
      tell(['target'], 'term-not-in-sentence', `${quoted(term)} does not occur in the sentence`, severity);
    }
    warnOfSeparators(term, 'target', tell);
    return term;
  }
  return null;
}

function readCategory(raw: Json, task: Task, tell: Tell): string | null {
  const category = own(raw, 'category');
  if (typeof category === 'string' && category.trim() !== '') {
    if (task === 'acsa') warnOfSeparators(category, 'category', tell);
    return category;
  }
  const optional = task === 'atsa' && (category === undefined || category === null || category === '');
  if (!optional) {
    const kind = category === undefined ? 'missing' : category === '' ? 'empty' : 'type';
    tell(['category'], kind, expected('category', 'a text', category));
  }
  return null;
}

function readOffset(raw: Json, key: 'from' | 'to', task: Task, tell: Tell): string | number | null {
  const offset = own(raw, key);
  if (offset === null) return null;
  if (offset === undefined) {
    if (task === 'atsa') tell([key], 'missing', expected(key, 'a number or null', offset));
    return null;
  }
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset;
  if (typeof offset === 'string' && /^\d{1,9}$/.test(offset)) return offset;
  tell(
    [key],
    'type',
    `${key} is ${quoted(offset)}, but a whole number from 0 on (or null) should stand here`,
  );
  return null;
}

function readPolarity(raw: Json, tell: Tell): Polarity | null {
  const polarity = own(raw, 'polarity');
  const known = POLARITIES.find((name) => name === polarity);
  if (known !== undefined) return known;
  if (polarity === undefined) tell(['polarity'], 'missing', expected('polarity', 'a text', polarity));
  else {
    const words = `${POLARITIES.slice(0, -1).join(', ')} or ${POLARITIES.at(-1)}`;
    tell(['polarity'], 'unknown-polarity', `${quoted(polarity)} is not ${words}`);
  }
  return null;
}

/** Published files have a list of objects, one text of all words, or null. */
function readOpinionWords(raw: Json, tell: Tell): string[] | null {
  const words = own(raw, 'opinion_words');
  if (words === undefined) return null;
  if (words === null || words === '') return [];
  if (typeof words === 'string') return [words];
  if (Array.isArray(words)) {
    const texts = words.map((word: unknown) => (isObject(word) ? own(word, 'opinion') : word));
    if (texts.every((text) => typeof text === 'string')) return texts;
  }
  tell(
    ['opinion_words'],
    'type',
    'opinion_words is a text, null, or a list of texts or of {"opinion": text}',
  );
  return null;
}

function warnOfSeparators(text: string, key: string, tell: Tell): void {
  if (/[;|]/.test(text)) {
    tell(
      [key],
      'separator',
      `${quoted(text)} holds ";" or "|", where sequences are split: it never counts as found`,
      'warning',
    );
  }
}

function warnOfOffsets(aspect: BenchmarkAspect, sentence: string, tell: Tell): void {
  const { term, from, to } = aspect;
  if (term === null || sentence.slice(from, to) === term) return;
  // Files count code points, which differ from UTF-16 units where there are emoji.
  const there = Array.from(sentence).slice(from, to).join('');
  if (there === term) return;
  tell(
    ['from'],
    'offsets',
    `${from}-${to} is ${quoted(there)} in the sentence, not ${quoted(term)}`,
    'warning',
  );
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; keys such as `__proto__` or `constructor` never reach the prototype. */
export function own(value: Json, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A value as it may stand in a message: short, and never as raw lines. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function expected(key: string, what: string, value: unknown): string {
  return value === undefined ? `${key} is missing` : `${key} should be ${what}, not ${nameOf(value)}`;
}

export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value === '') return 'an empty text';
  return { string: 'a text', object: 'an object' }[typeof value as string] ?? `a ${typeof value}`;
}
