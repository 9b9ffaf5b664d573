/** The two things a teacher is asked for, in our words: an analysis of a review, and its rewriting. */
import type { Message, Question, Sampling } from '../llm/provider.js';
import type { Demonstration } from './demonstrations.js';
import type { Kind } from './kinds.js';

const ANALYSIS = `You analyse customer reviews. List everything in the review that its writer has an opinion on, one block for each, in the order in which they come up.

Every block has exactly these four lines, with one empty line between blocks:
Opinion Target N: what the opinion is about, quoted from the review in double quotes; where the review does not name it, describe it and add (implied).
Aspect: which side of it is judged, as a short noun phrase. Use General Assessment for a verdict on the whole.
Sentiment: one of Very Negative, Negative, Mild, Positive, Very Positive. Use Mild where the feeling is weak or goes neither way.
Reasoning: one or two sentences that point to the words of the review, and say whether the feeling is stated or implied.

Where the writer has mixed feelings about something, give each side of it a block of its own. Write nothing before the first and nothing after the last block: no summary, no notes, no further reviews.`;

const REWRITE = `You rewrite customer reviews so that every feeling in them can be read outright. Write in the first person, as the reviewer.

Keep all facts and add none. Say of everything that the reviewer judges how they feel about it and how strongly; what the review only hints at, say plainly. Keep the strength of each feeling as it is: do not turn a lukewarm remark into praise or blame.

Write running text, about twice as long as the review: no headings, no lists, no rating, no title, and nothing before or after it.`;

const INSTRUCTIONS: Readonly<Record<Kind, string>> = { analysis: ANALYSIS, rewrite: REWRITE };

/** How an analysis begins, for servers that go on from a beginning. */
const ANALYSIS_BEGINNING = 'Opinion Target 1:';

/** What teachers invent when they do not stop. */
const STOP = ['\nReview:'];

/** The question about one review: instructions, demonstrations as turns, the review. */
export function writeQuestion(
  kind: Kind,
  review: string,
  demonstrations: readonly Demonstration[],
  sampling: Pick<Sampling, 'temperature' | 'maxAnswerTokens' | 'seed'>,
): Question {
  const turns = demonstrations
    .filter((demonstration) => demonstration.kind === kind)
    .flatMap((shown): Message[] => [
      { role: 'user', content: `Review: ${shown.review}` },
      { role: 'assistant', content: shown.answer },
    ]);
  return {
    messages: [
      { role: 'system', content: INSTRUCTIONS[kind] },
      ...turns,
      { role: 'user', content: `Review: ${review}` },
    ],
    prefill: kind === 'analysis' ? ANALYSIS_BEGINNING : null,
    sampling: { ...sampling, stop: STOP },
  };
}
