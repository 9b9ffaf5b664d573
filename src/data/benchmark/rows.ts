/** One benchmark example: from the raw JSON value to what fsa works with, or to what is wrong with it. */
import { POLARITIES, type Polarity, type Task } from '../../tasks/vocabulary.js';
import { expected, isObject, type Json, nameOf, own, quoted } from '../formats/json-values.js';
import type { BenchmarkAspect, BenchmarkExample } from '../../tasks/example.js';
import type { ReportProblem, RowProblem } from '../formats/findings.js';
import type { JsonPath } from '../formats/json-text.js';

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
