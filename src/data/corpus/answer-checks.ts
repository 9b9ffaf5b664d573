/** Signs that a teacher's answer went wrong. Heuristics: they warn, they never refuse. */

export interface AnswerProblem {
  readonly kind: 'runs-on' | 'cut' | 'label-off-scale';
  readonly message: string;
}

/** A further review begins after the answer has begun. */
const NEXT_REVIEW = /\n\s*[*_#\s]*(?:(?:new|next|another|user|original)\s+)?review(?:\s*#?\d+)?\s*[*_]*\s*:/i;
const LABEL = /(?:^|\n)[\s*-]*sentiment(?:\s+\d+)?\s*[*_]*:[ \t]*([^\n]*)/gi;
const ON_SCALE =
  /^(?:(?:very|mild|mildly|slightly|strongly)\s+)?(?:positive|negative)\b|^neutral\b|^conflict\b/i;
/** `Aspect: Food`: a form that needs no full stop, unlike reasons and reviews. */
const FORM_LINE = /^[\s*-]*(?!reason|review)[\p{L}\d ()/]{1,40}:\s*\S.{0,59}$/iu;

/** Problems in an answer; the first sign of each kind. */
export function findAnswerProblems(answer: string): AnswerProblem[] {
  const problems: AnswerProblem[] = [];
  const text = answer.trim();
  const next = NEXT_REVIEW.exec(text);
  if (next !== null) {
    const message = `the answer runs on into a further review: ${shorten(text.slice(next.index).trim())}`;
    problems.push({ kind: 'runs-on', message });
  }
  if (isCut(text)) {
    const message = `the answer stops in the middle: ${shorten(text.slice(-50), 'start')}`;
    problems.push({ kind: 'cut', message });
  }
  for (const [, label = ''] of text.matchAll(LABEL)) {
    const bare = label.replace(/^[\s"'*_([]+|[\s"'*_)\].]+$/g, '');
    if (bare === '' || ON_SCALE.test(bare)) continue;
    problems.push({ kind: 'label-off-scale', message: `not a sentiment of the scale: ${shorten(bare)}` });
    break;
  }
  return problems;
}

function isCut(text: string): boolean {
  if (!/[\p{L}\p{N},;:\-–—(["“‘/]$/u.test(text)) return false;
  // A closing quotation mark ends a sentence, an opening one does not.
  if (/["'”’]$/.test(text)) return /(?:^|\s)["'“‘]$/.test(text);
  const last = text.slice(text.lastIndexOf('\n') + 1);
  return !FORM_LINE.test(last);
}

function shorten(text: string, side: 'start' | 'end' = 'end'): string {
  const line = text.replace(/\s+/g, ' ');
  if (line.length <= 50) return JSON.stringify(line);
  return JSON.stringify(side === 'end' ? `${line.slice(0, 47)}...` : `...${line.slice(-47)}`);
}
