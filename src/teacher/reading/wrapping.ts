/**
 * What chatty models put around an answer: a line of courtesy before it, a fence of Markdown around it. Taken off only
 * where it cannot be the answer's own words; anything else stays as it is.
 */

/** How the first block of an analysis begins: a line with a colon before it announces the blocks. */
const FIRST_BLOCK = /^\s*Opinion Target/;

/** The whole text is one fence, with nothing that could close it earlier. */
const FENCED = /^(`{3,}|~{3,})[ \t]*[\w+-]*[ \t]*\n([\s\S]*)\n[ \t]*\1[ \t]*$/;
const FENCE_LINE = /^[ \t]*(?:`{3,}|~{3,})/m;

/** What a rewriting is called by whoever announces it. */
const ANNOUNCED = String.raw`(?:re-?writ(?:e|ten|ing)|re-?phras(?:e|ed|ing)|re-?word(?:ed|ing)|paraphras(?:e|ed|ing)|revised|revision)`;
const COURTESY = String.raw`(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|gladly|understood|got it)`;
const HERE = String.raw`(?:here(?:['’]s| is| are| you go| it is)|below is)`;

const PREAMBLES = [
  // "Sure! Here is the review in the first person:"
  new RegExp(String.raw`^${COURTESY}\b[,.! ]+${HERE}\b[^\n]*:$`, 'i'),
  // "Here is the rewritten review:"
  new RegExp(String.raw`^${HERE} (?:the|my|a|your|an)\b[^\n]*\b${ANNOUNCED}\b[^\n]*:$`, 'i'),
  // "Rewritten review:"
  new RegExp(String.raw`^(?:the )?${ANNOUNCED}(?: (?:customer )?(?:review|version|text))?:$`, 'i'),
];

/**
 * The answer without what was put around it.
 * @param source what the teacher was shown: who speaks there of a "revised review" may do so in the answer, too
 * @returns the answer itself, trimmed; what was given where nothing certain stands around it
 */
export function withoutWrapping(answer: string, source: string): string {
  let text = answer.trim();
  for (;;) {
    const inner = withoutPreamble(withoutFence(text), source).trim();
    if (inner === text || inner === '') return text;
    text = inner;
  }
}

function withoutFence(text: string): string {
  const inner = FENCED.exec(text)?.[2];
  return inner === undefined || FENCE_LINE.test(inner) ? text : inner;
}

function withoutPreamble(text: string, source: string): string {
  const end = text.indexOf('\n');
  if (end === -1) return text;
  const line = text.slice(0, end).trim();
  const plain = line.replace(/^(?:#{1,6} |[*_]{1,2})/, '').replace(/([*_]{1,2})(:?)$|(:)[*_]{1,2}$/, '$2$3');
  if (!plain.endsWith(':')) return text;
  const rest = text.slice(end + 1);
  if (FIRST_BLOCK.test(rest)) return rest;
  const named = new RegExp(ANNOUNCED, 'i').exec(plain)?.[0];
  const isOwn = named !== undefined && source.toLowerCase().includes(named.toLowerCase());
  return !isOwn && PREAMBLES.some((preamble) => preamble.test(plain)) ? rest : text;
}
