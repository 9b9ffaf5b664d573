/** The JSON text of one row, read so that nothing in it is lost without a word. */
import { parseExactJson } from './exact-json.js';
import { findJsonFault } from './json-text.js';
import { findRepeatedKey, repeatedKeyWords } from './repeated-keys.js';

export type RowJson =
  | { readonly value: unknown }
  | {
      readonly fault: 'json' | 'repeated-key';
      /** What is wrong, without its place in the file. */
      readonly message: string;
      /** Where it stands in the text, in UTF-16 units; null where that is not known. */
      readonly offset: number | null;
    };

/** The value of a row: integers keep their digits, and a key that stands twice in one object is a fault. */
export function readRowJson(text: string): RowJson {
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch {
    const fault = findJsonFault(text);
    const message = `not JSON: ${fault?.message ?? 'it cannot be read'}`;
    return { fault: 'json', message, offset: fault?.offset ?? null };
  }
  const repeated = findRepeatedKey(text, value);
  if (repeated === null) return { value };
  return { fault: 'repeated-key', message: repeatedKeyWords(repeated), offset: repeated.offset };
}
