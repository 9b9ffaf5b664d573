/**
 * Whether a YAML text is small enough to be read: counted word by word before any tree is built, because a
 * tree of a hundred thousand levels ends the process.
 */
import { Lexer, Parser } from 'yaml';

/** Settings lie three levels deep; a dataset's map or a list in one adds a few. */
const MOST_LEVELS = 50;
/** Words, signs and line breaks. The longest sensible file has about a thousand. */
const MOST_WORDS = 20_000;

/** What is too much in a text, and where; null where it can be read. */
export function findExcess(text: string): { readonly offset: number; readonly sentence: string } | null {
  const parser = new Parser();
  let words = 0;
  for (const word of new Lexer().lex(text)) {
    words += 1;
    if (words > MOST_WORDS) {
      return { offset: parser.offset, sentence: `It holds more than ${MOST_WORDS} keys, values and signs` };
    }
    // The parser works as it is read from.
    for (const _ of parser.next(word));
    // Two entries of the stack for each level: the collection, and the line or item it stands in.
    if (parser.stack.length > MOST_LEVELS) {
      return { offset: parser.offset, sentence: `It is nested more than ${MOST_LEVELS} levels deep` };
    }
  }
  return null;
}
