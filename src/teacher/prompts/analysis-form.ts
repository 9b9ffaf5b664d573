/**
 * The form of an analysis: blocks of `Opinion Target N:`, `Aspect:`, `Sentiment:`, `Reasoning:`, with an empty line
 * between them. Teachers stray from it in known ways; this reads what they write and says where they stray.
 */

export interface AnalysisBlock {
  readonly target: string;
  readonly aspect: string;
  /** As written. */
  readonly label: string;
  /** From -2 to 2; null where the label is not on the scale, nor near it. */
  readonly strength: number | null;
  /** Whether the label is written as the prompt asks. */
  readonly onScale: boolean;
}

export interface Analysis {
  /** Judgements in their order; a target may carry several. */
  readonly blocks: readonly AnalysisBlock[];
  /** Offset after the last whole judgement. */
  readonly end: number;
  /** Whether something follows it: notes, invented reviews, half a block. */
  readonly runsOn: boolean;
}

/** The five strengths as the prompt names them. */
export const SCALE: Readonly<Record<string, number>> = {
  'Very Negative': -2,
  Negative: -1,
  Mild: 0,
  Positive: 1,
  'Very Positive': 2,
};

/** Other words for the same strengths that teachers were seen to write. */
const NEAR_SCALE: Readonly<Record<string, number>> = {
  neutral: 0,
  mixed: 0,
  'mild positive': 1,
  'mildly positive': 1,
  'slightly positive': 1,
  'mild negative': -1,
  'mildly negative': -1,
  'slightly negative': -1,
  'extremely positive': 2,
  'extremely negative': -2,
};

const BY_LOWER_CASE = new Map([
  ...Object.entries(NEAR_SCALE),
  ...Object.entries(SCALE).map(([label, strength]) => [label.toLowerCase(), strength] as const),
]);

/** The strength a label stands for: case, a full stop and the word "sentiment" do not count. */
export function strengthOf(label: string): number | null {
  const plain = label
    .toLowerCase()
    .replace(/\bsentiment\b/g, '')
    .replace(/[.\s]+$/, '')
    .trim();
  return BY_LOWER_CASE.get(plain) ?? null;
}

/** Of one line as `readAnalysis` cuts them: what else breaks lines for some programs (U+2028) is part of its words. */
const HEAD = /^(Opinion Target|Aspect|Sentiment|Reasoning)(?: \d+)?:[ \t]*(.*)$/s;

/** Reads an answer line by line; the first line that has no place in the form ends it. */
export function readAnalysis(text: string): Analysis {
  const blocks: AnalysisBlock[] = [];
  let [target, aspect, label]: [string | null, string | null, string | null] = [null, null, null];
  let end = 0;
  let offset = 0;
  for (const line of text.split('\n')) {
    const next = offset + line.length + 1;
    const [, head = '', value = ''] = HEAD.exec(line.trim()) ?? [];
    if (head.startsWith('Opinion')) [target, aspect, label] = [value, null, null];
    else if (head.startsWith('Aspect') && target !== null) [aspect, label] = [value, null];
    else if (head === 'Sentiment' && aspect !== null) label = value;
    else if (head === 'Reasoning' && target !== null && aspect !== null && label !== null) {
      if (value.trim() === '') break;
      blocks.push({
        target,
        aspect,
        label,
        strength: strengthOf(label),
        onScale: Object.hasOwn(SCALE, label),
      });
      end = offset + line.length;
      [aspect, label] = [null, null];
    } else if (line.trim() !== '') break;
    offset = next;
  }
  return { blocks, end, runsOn: text.slice(end).trim() !== '' };
}

/** The sum of the strengths: above zero praise, below zero blame, zero neither; null where none is known. */
export function sumStrengths(blocks: readonly AnalysisBlock[]): number | null {
  const known = blocks.flatMap(({ strength }) => (strength === null ? [] : [strength]));
  return known.length === 0 ? null : known.reduce((sum, strength) => sum + strength, 0);
}

/** The answer with every label that is near the scale as the scale writes it, wherever its line begins. */
export function withLabelsOnScale(text: string): string {
  const lines = text.split('\n').map((line) => {
    const [, head, label = ''] = HEAD.exec(line.trim()) ?? [];
    if (head !== 'Sentiment' || label === '') return line;
    const at = line.lastIndexOf(label);
    return line.slice(0, at) + toScale(label) + line.slice(at + label.length);
  });
  return lines.join('\n');
}

/** The label as the scale writes it; what is not near the scale stays as it is. */
function toScale(label: string): string {
  const strength = strengthOf(label);
  return Object.entries(SCALE).find(([, value]) => value === strength)?.[0] ?? label;
}
