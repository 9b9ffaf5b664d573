import { describe, expect, it } from 'vitest';
import { findAnswerProblems } from '../../../src/data/corpus/answer-checks.js';

const kinds = (answer: string) => findAnswerProblems(answer).map((problem) => problem.kind);

describe('findAnswerProblems', () => {
  it.each([
    'The porch is calm, and the writer says so.',
    ' He liked the "bright attic."',
    'Opinion Target 1: attic\nSentiment: Very Positive\nReasoning: "bright" is praise.',
    'Aspect: light\nSentiment: mildly negative',
    'All of it pleased them!\n\nConfidence: 90%',
    'Review: the porch was calm. It stands at the start.',
  ])('finds nothing wrong with %j', (answer) => expect(kinds(answer)).toEqual([]));

  it.each([
    ['The attic is bright.\n\nReview: The cellar was damp.', ['runs-on']],
    ['The attic is bright.\n\nReview 2: The cellar was damp and', ['runs-on', 'cut']],
    ['The attic is bright, which gives the impression that the house was', ['cut']],
    ['Sentiment: positive\nReasoning:', ['cut']],
    ['Sentiment: Mild Sentiment\nReasoning: the tone is calm.', ['label-off-scale']],
    ['Sentiment: (your own)\nReasoning: a form was left empty.', ['label-off-scale']],
  ])('problems %j', (answer, expected) => expect(kinds(answer)).toEqual(expected));
});
