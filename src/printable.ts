/**
 * The one place where foreign text becomes printable. File names, data, answers of servers, last words of
 * workers and other people's run folders may hold bytes that act on a terminal; nothing of the kind leaves
 * through a message, an event or a report.
 */

/** C0 and C1 controls, line and paragraph separators, and marks that turn the reading direction around. */
const CONTROLS =
  '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff';
const UNPRINTABLE = new RegExp(`[${CONTROLS}]`, 'gu');
const RUNS_OF_UNPRINTABLE = new RegExp(`[${CONTROLS}]+`, 'gu');

/** Half of a character outside the basic plane; alone it is no text. */
export const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Text of several lines: line breaks and tabs stay, whatever else could act on a terminal is spelt out (`\x1b`). */
export function printable(text: string): string {
  return spellOut(text, '\n\t');
}

/** Text of one line: line breaks and tabs are spelt out as well. */
export function printableLine(text: string): string {
  return spellOut(text, '');
}

/** The same text with a space for each run of characters that could act on a terminal: for tables and charts. */
export function withoutControls(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd').replace(RUNS_OF_UNPRINTABLE, ' ');
}

/** The text, of at most so many characters: where it is cut the last one is an ellipsis. */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** JSON on one line that means the same and holds no character that could act on a terminal. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Spaces, marks and forms that look like other characters. */
const LOOKS_ALIKE = /[\p{M}\p{Z}\p{Cf}]/u;

/** Two texts in quotes; what only one of them has, and looks like something else, is spelt out. */
export function tellApart(one: string, other: string): [string, string] {
  return [quoteBeside(one, other), quoteBeside(other, one)];
}

function quoteBeside(text: string, other: string): string {
  const others = new Set(other);
  const isAlike = (mark: string): boolean =>
    mark > '~' && !others.has(mark) && (mark.normalize('NFKC') !== mark || LOOKS_ALIKE.test(mark));
  const spelt = Array.from(printableJson(text), (mark) =>
    isAlike(mark) ? `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}` : mark,
  );
  return spelt.join('');
}

function spellOut(text: string, kept: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd').replace(UNPRINTABLE, (mark) => {
    if (kept.includes(mark)) return mark;
    const short = SHORT[mark];
    if (short !== undefined) return short;
    const hex = mark.charCodeAt(0).toString(16);
    return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Words that look like the key of a service, hidden: whoever prints them may not know what they are. */
export function hideKeys(text: string): string {
  return text.replaceAll(/\b(sk|key|gsk|xai|hf)[-_][\w*.-]{4,}/gi, '[hidden]');
}
