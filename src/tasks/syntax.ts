/**
 * How tuples are written as text: elements between ` | `, tuples between ` ; `, an empty string for none.
 * No other file knows these signs.
 */

/** What a tokenizer must be able to write. */
export const SEPARATORS = ['|', ';'] as const;

const NULL_WORD = 'NULL';
const CODES: Readonly<Record<string, string>> = { '%7C': '|', '%3B': ';', '%25': '%', '%4E': 'N' };

export function joinElements(elements: readonly string[]): string {
  return elements.join(' | ');
}

export function joinTuples(tuples: readonly string[]): string {
  return tuples.join(' ; ');
}

/** The pieces of a sequence, one per tuple that was meant; none where there is nothing but white space. */
export function splitTuples(text: string): string[] {
  return text.trim() === '' ? [] : text.split(';');
}

/** What stands between the bars of a piece, without white space around it. */
export function splitElements(piece: string): string[] {
  const parts = piece.split('|');
  for (let place = 0; place < parts.length; place += 1) parts[place] = (parts[place] as string).trim();
  return parts;
}

/** Whether a text would be split if it were written as it is. */
export function holdsSeparator(text: string): boolean {
  return /[;|]/.test(text);
}

/**
 * An element that no separator can be read in, null as the word NULL. `%` is written `%25` only where a code
 * would be read; the word NULL itself becomes `%4EULL`. Every T5 tokenizer writes these characters.
 */
export function escapeElement(element: string | null): string {
  if (element === null) return NULL_WORD;
  if (element === NULL_WORD) return '%4EULL';
  return element
    .replace(/%(?=7C|3B|25|4E)/g, '%25')
    .replaceAll('|', '%7C')
    .replaceAll(';', '%3B');
}

/** The inverse of `escapeElement`: `unescapeElement(escapeElement(x))` is x for every x. */
export function unescapeElement(written: string): string | null {
  if (written === NULL_WORD) return null;
  return written.replace(/%(?:7C|3B|25|4E)/g, (code) => CODES[code] ?? code);
}
