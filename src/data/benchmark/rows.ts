/** One benchmark example: from the raw JSON value to what fsa works with, or to what is wrong with it. */
import { plainCategory } from '../../tasks/category.js';
import { taskNamed, tasksWithImplicit } from '../../tasks/registry.js';
import { holdsSeparator } from '../../tasks/syntax.js';
import type { TaskDefinition } from '../../tasks/task.js';
import { type ElementName, POLARITIES, type TaskName } from '../../tasks/vocabulary.js';
import { expected, isObject, type Json, nameOf, own, quoted } from '../formats/json-values.js';
import type { BenchmarkAspect, BenchmarkExample, Span } from '../../tasks/example.js';
import type { ReportProblem, RowProblem } from '../formats/findings.js';
import type { JsonPath } from '../formats/json-text.js';
import { describeTwiceEncoded } from '../formats/twice-encoded.js';
import { benchmarkRowSchema } from './row-schema.js';

/**
 * The example in a raw value; null where an error was reported.
 * @param polarities the labels of the dataset
 */
export function parseExample(
  value: unknown,
  taskName: TaskName,
  report: ReportProblem,
  polarities: readonly string[] = POLARITIES,
): BenchmarkExample | null {
  const task = taskNamed(taskName);
  let errors = 0;
  const fail = (path: JsonPath, kind: string, message: string): null => {
    errors++;
    report({ path, severity: 'error', kind, message });
    return null;
  };
  if (!isObject(value)) return fail([], 'not-an-object', `an example is an object, not ${nameOf(value)}`);
  const id = readId(value, fail);
  const review = readReview(value, fail);
  const sentence = readSentence(value, fail);
  if (sentence !== null) warnOfEncoding(sentence, report);
  const list = own(value, 'aspects');
  if (!Array.isArray(list)) {
    return fail(['aspects'], list === undefined ? 'missing' : 'type', expected('aspects', 'a list', list));
  }
  const aspects = list.map((aspect: unknown, index) =>
    isObject(aspect)
      ? parseAspect(aspect, sentence, { task, polarities }, (path, kind, message, severity = 'error') => {
          if (severity === 'error') errors++;
          report({ path: ['aspects', index, ...path], severity, kind, message });
        })
      : fail(['aspects', index], 'type', `an aspect is an object, not ${nameOf(aspect)}`),
  );
  // What is said above is said in sentences; the schema has the last word.
  if (errors === 0) {
    for (const { path, message } of benchmarkRowSchema.safeParse(value).error?.issues ?? []) {
      fail(path as JsonPath, 'type', message);
    }
  }
  if (errors > 0 || id === null || sentence === null) return null;
  return {
    id,
    ...(review === null ? {} : { review }),
    sentence,
    aspects: aspects.filter((aspect) => aspect !== null),
  };
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

/** Null where it is not said. */
function readReview(value: Json, fail: Fail): string | null {
  const review = own(value, 'review_id');
  if (review === undefined || review === null) return null;
  if (typeof review === 'number') return String(review);
  if (typeof review === 'string' && review.trim() !== '') return review;
  return fail(['review_id'], 'type', expected('review_id', 'a text or a number', review));
}

function readSentence(value: Json, fail: Fail): string | null {
  const sentence = own(value, 'sentence');
  if (typeof sentence !== 'string') {
    const kind = sentence === undefined ? 'missing' : 'type';
    return fail(['sentence'], kind, expected('sentence', 'a text', sentence));
  }
  return sentence.trim() === '' ? fail(['sentence'], 'empty', 'the sentence is empty') : sentence;
}

function warnOfEncoding(sentence: string, report: ReportProblem): void {
  const message = describeTwiceEncoded(sentence);
  if (message !== null) report({ path: ['sentence'], severity: 'warning', kind: 'twice-encoded', message });
}

interface Wanted {
  readonly task: TaskDefinition;
  readonly polarities: readonly string[];
}

function parseAspect(raw: Json, sentence: string | null, wanted: Wanted, tell: Tell): BenchmarkAspect | null {
  const { task, polarities } = wanted;
  const term = readTerm(raw, sentence, task, tell);
  const category = readCategory(raw, task, tell);
  const from = readOffset(raw, 'from', task, tell);
  const to = readOffset(raw, 'to', task, tell);
  const opinion = readOpinion(raw, sentence, task, tell);
  const opinionWords = readOpinionWords(raw, opinion, tell);
  const polarity = readPolarity(raw, polarities, tell);
  if (polarity === null) return null;
  const aspect = {
    term,
    category,
    polarity,
    ...(opinion === undefined ? {} : { opinion }),
    opinionWords,
    from: from === null ? 0 : Number(from),
    to: to === null ? 0 : Number(to),
    fromRaw: from,
    toRaw: to,
  };
  if (sentence !== null && from !== null && to !== null) warnOfOffsets(aspect, sentence, tell);
  return aspect;
}

function readTerm(raw: Json, sentence: string | null, task: TaskDefinition, tell: Tell): string | null {
  const term = own(raw, 'target');
  const required = task.requiredFields.includes('target');
  if (term === null || term === 'NULL') {
    const absent = !task.elements.includes('term') || task.implicit.includes('term');
    if (task.escapes && !absent) tellImplicit('target', 'term', task, tell);
    return null;
  }
  if (term === undefined) {
    if (required) tell(['target'], 'missing', expected('target', 'a text or null', term));
    return null;
  }
  if (typeof term !== 'string') tell(['target'], 'type', expected('target', 'a text or null', term));
  else if (term.trim() === '') tell(['target'], 'empty', 'the term is empty; null stands for no term');
  else {
    if (sentence?.includes(term) === false) {
      const message = `${quoted(term)} does not occur in the sentence`;
      tell(['target'], 'term-not-in-sentence', message, task.foreignTerm);
    }
    if (task.elements.includes('term')) warnOfSeparators(term, 'target', task, tell);
    return term;
  }
  return null;
}

function readCategory(raw: Json, task: TaskDefinition, tell: Tell): string | null {
  const category = own(raw, 'category');
  if (typeof category === 'string' && plainCategory(category).trim() !== '') {
    if (task.elements.includes('category')) warnOfSeparators(category, 'category', task, tell);
    return category;
  }
  const absent = category === undefined || category === null || category === '';
  if (!absent || task.requiredFields.includes('category')) {
    const kind = category === undefined ? 'missing' : category === '' ? 'empty' : 'type';
    tell(['category'], kind, expected('category', 'a text', category));
  }
  return null;
}

function readOffset(raw: Json, key: 'from' | 'to', task: TaskDefinition, tell: Tell): string | number | null {
  const offset = own(raw, key);
  if (offset === null) return null;
  if (offset === undefined) {
    if (task.requiredFields.includes(key)) {
      tell([key], 'missing', expected(key, 'a number or null', offset));
    }
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

/** `opinion: {text, from, to}` of one tuple; null is implicit. */
function readOpinion(
  raw: Json,
  sentence: string | null,
  task: TaskDefinition,
  tell: Tell,
): Span | null | undefined {
  const opinion = own(raw, 'opinion');
  const required = task.requiredFields.includes('opinion');
  if (opinion === null) {
    if (required && !task.implicit.includes('opinion')) tellImplicit('opinion', 'opinion', task, tell);
    return null;
  }
  if (opinion === undefined) {
    if (required) tell(['opinion'], 'missing', expected('opinion', 'an object or null', opinion));
    return undefined;
  }
  const text = isObject(opinion) ? own(opinion, 'text') : undefined;
  if (!isObject(opinion) || typeof text !== 'string' || text.trim() === '') {
    tell(['opinion'], 'type', expected('opinion', 'null or an object with text, from and to', opinion));
    return undefined;
  }
  if (sentence?.includes(text) === false) {
    const message = `${quoted(text)} does not occur in the sentence`;
    tell(['opinion', 'text'], 'opinion-not-in-sentence', message, 'warning');
  }
  return { text, from: readSpanEnd(opinion, 'from', tell), to: readSpanEnd(opinion, 'to', tell) };
}

function readSpanEnd(opinion: Json, key: 'from' | 'to', tell: Tell): number {
  const offset = own(opinion, key);
  if (offset === undefined || offset === null) return 0;
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset;
  tell(['opinion', key], 'type', expected(key, 'a whole number from 0 on', offset));
  return 0;
}

function tellImplicit(key: string, element: ElementName, task: TaskDefinition, tell: Tell): void {
  const others = tasksWithImplicit(element).join(' or ');
  tell(
    [key],
    'implicit',
    `${key} is null, but ${task.name} has no form for an implicit ${element}: it counts as gold and can never be found (${others} has one)`,
    'warning',
  );
}

function readPolarity(raw: Json, polarities: readonly string[], tell: Tell): string | null {
  const polarity = own(raw, 'polarity');
  const known = polarities.find((name) => name === polarity);
  if (known !== undefined) return known;
  if (polarity === undefined) tell(['polarity'], 'missing', expected('polarity', 'a text', polarity));
  else {
    const words = `${polarities.slice(0, -1).join(', ')} or ${polarities.at(-1) ?? ''}`;
    tell(['polarity'], 'unknown-polarity', `${quoted(polarity)} is not ${words}`);
  }
  return null;
}

/** Published files have a list of objects, one text of all words, or null. */
function readOpinionWords(raw: Json, opinion: Span | null | undefined, tell: Tell): string[] | null {
  const words = own(raw, 'opinion_words');
  if (words === undefined) return opinion === undefined ? null : opinion === null ? [] : [opinion.text];
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

/** Only where a separator cannot be written so that it is read back. */
function warnOfSeparators(text: string, key: string, task: TaskDefinition, tell: Tell): void {
  if (task.escapes || !holdsSeparator(text)) return;
  tell(
    [key],
    'unreachable',
    `${quoted(text)} holds ";" or "|", where ${task.name} sequences are split: it counts as gold and can never be found`,
    'warning',
  );
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
