/** Where the words of a prediction stand in its sentence. */
import type { Tuple } from '../../tasks/task.js';

/** In Unicode characters, as in the benchmark's files: `[...sentence].slice(from, to)` is the term. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The place of each tuple's term; null where there is no term or it is not there word for word. Terms come in the
 * order of the text: one that is named again is its next occurrence, as long as there is one.
 */
export function findSpans(tuples: readonly Tuple[], sentence: string): (Span | null)[] {
  const used = new Map<string, number>();
  return tuples.map(({ term }) => {
    if (term === undefined || term === null || term === '') return null;
    const places = placesOf(term, sentence);
    const at = used.get(term) ?? 0;
    used.set(term, at + 1);
    const place = places[Math.min(at, places.length - 1)];
    if (place === undefined) return null;
    const from = countCharacters(sentence, place);
    return { from, to: from + countCharacters(term, term.length) };
  });
}

/** UTF-16 offsets: of whole words where the term occurs as such, else of every occurrence. */
function placesOf(term: string, sentence: string): number[] {
  const all: number[] = [];
  for (let at = sentence.indexOf(term); at !== -1; at = sentence.indexOf(term, at + term.length))
    all.push(at);
  const whole = all.filter((at) => !isWordInside(sentence, at) && !isWordInside(sentence, at + term.length));
  return whole.length > 0 ? whole : all;
}

/** Whether a word goes on over this place. */
function isWordInside(text: string, at: number): boolean {
  return WORD_END.test(text.slice(Math.max(0, at - 2), at)) && WORD_START.test(text.slice(at, at + 2));
}

const WORD_END = /[\p{L}\p{M}\p{N}]$/u;
const WORD_START = /^[\p{L}\p{M}\p{N}]/u;

function countCharacters(text: string, end: number): number {
  let count = 0;
  for (const _ of text.slice(0, end)) count += 1;
  return count;
}
