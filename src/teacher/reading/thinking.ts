/** What a model thought before it answered, which servers without a parser for it send as text. */

const TAGS = 'think|thinking|thought|reasoning';
const WHOLE = new RegExp(String.raw`^\s*<(${TAGS})>[\s\S]*?</\1>`, 'i');
const OPEN = new RegExp(String.raw`^\s*<(?:${TAGS})>`, 'i');
/** A chat template may have opened the thoughts itself, so that the answer begins within them. */
const REST = new RegExp(String.raw`^(?:(?!<(?:${TAGS})>)[\s\S])*?</(?:${TAGS})>`, 'i');

/** The answer behind the thoughts; empty where they were not ended. A text without such tags is given back as it is. */
export function withoutThoughts(text: string): string {
  if (!text.includes('<')) return text;
  if (OPEN.test(text)) return WHOLE.test(text) ? withoutThoughts(text.replace(WHOLE, '').trimStart()) : '';
  return REST.test(text) ? text.replace(REST, '').trimStart() : text;
}
