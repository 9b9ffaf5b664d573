/** The form of an analysis: read as teachers really write it, and never further than it is well formed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterAnswer } from '../../../src/teacher/filters/filter-answer.js';
import {
  readAnalysis,
  SCALE,
  strengthOf,
  sumStrengths,
  withLabelsOnScale,
} from '../../../src/teacher/prompts/analysis-form.js';

const block = (number: number, label: string): string =>
  `Opinion Target ${number}: "it"\nAspect: Quality\nSentiment: ${label}\nReasoning: It says so.`;

describe('reading an analysis', () => {
  it('takes several aspects of one target, and sums their strengths', () => {
    const text = `${block(1, 'Very Positive')}\nAspect: Price\nSentiment: Mildly Negative\nReasoning: Dear.\n\n${block(2, 'Neutral')}`;
    const { blocks, runsOn } = readAnalysis(text);
    expect(blocks.map(({ strength }) => strength)).toEqual([2, -1, 0]);
    expect(sumStrengths(blocks)).toBe(1);
    expect(runsOn).toBe(false);
  });

  it('takes heads that are numbered', () => {
    const text =
      'Opinion Target 1: "it"\nAspect 1: Price\nSentiment 1: mild\nReasoning 1: So so.\n\nAspect 2: Use\nSentiment 2: Negative\nReasoning 2: Hard.';
    expect(readAnalysis(text)).toMatchObject({ blocks: [{ strength: 0 }, { strength: -1 }], runsOn: false });
  });

  it.each([
    ['an invented review', `${block(1, 'Positive')}\n\nReview: Another one.`],
    ['half a block', `${block(1, 'Positive')}\n\nOpinion Target 2: "that"\nAspect: Si`],
    ['a note', `${block(1, 'Positive')}\n\nNote: the review is short.`],
  ])('ends before %s', (_, text) => {
    const { blocks, end, runsOn } = readAnalysis(text);
    expect(blocks).toHaveLength(1);
    expect(runsOn).toBe(true);
    expect(text.slice(0, end)).toBe(block(1, 'Positive'));
  });

  it('never fails, and never ends beyond the text', () => {
    const piece = fc.constantFrom(
      'Opinion Target 1: x',
      'Aspect: y',
      'Sentiment: Mild',
      'Reasoning: z',
      '',
      'Review: q',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (lines) => {
        const text = lines.join('\n');
        const { blocks, end } = readAnalysis(text);
        expect(end).toBeLessThanOrEqual(text.length);
        // What was read is a whole analysis of its own.
        const again = readAnalysis(text.slice(0, end));
        expect([again.blocks, again.runsOn]).toEqual([blocks, false]);
      }),
    );
  });

  it('maps the labels seen in the wild to the scale, and leaves others alone', () => {
    const mapped = (label: string): string => withLabelsOnScale(`Sentiment: ${label}`).slice(11);
    for (const label of Object.keys(SCALE)) expect(mapped(label.toLowerCase())).toBe(label);
    expect(['Mild Sentiment', 'neutral.', 'MILDLY POSITIVE'].map(mapped)).toEqual([
      'Mild',
      'Mild',
      'Positive',
    ]);
    expect(strengthOf('Conflicted')).toBeNull();
    expect(mapped('Conflicted')).toBe('Conflicted');
  });

  it('takes what stands on a line as it is: indented, ended by CRLF, or with a line separator in its words', () => {
    const block = (label: string, quote: string): string =>
      `Opinion Target 1: "${quote}"\r\n  Aspect: y\r\n  Sentiment: ${label}\r\n  Reasoning: z\u2028and more\r\n`;
    const text = `${block('positive', 'a\u2028b')}\r\n${block('negative', 'c')}`;
    const { blocks, runsOn } = readAnalysis(text);
    expect(blocks.map(({ strength }) => strength)).toEqual([1, -1]);
    expect(runsOn).toBe(false);
    expect(withLabelsOnScale(text)).toBe(
      text.replace('positive', 'Positive').replace('negative', 'Negative'),
    );
  });
});

describe('filtering', () => {
  const settings = {
    cut: 'drop',
    wrapped: 'trim',
    runsOn: 'trim',
    offScale: 'map',
    copy: 'drop',
    tooShort: 'drop',
    stars: 'keep',
  } as const;
  const judge = (
    answer: string,
    stars: number | null,
    changes: Partial<Record<keyof typeof settings, string>> = {},
    finish: 'whole' | 'cut' = 'whole',
  ) =>
    filterAnswer({ kind: 'analysis', review: 'a review', stars, answer, finish }, {
      ...settings,
      ...changes,
    } as never);

  it('trims what follows the last block', () => {
    const found = judge(`${block(1, 'Positive')}\n\nReview: more`, 5);
    expect(found).toEqual({ text: block(1, 'Positive'), dropped: null, found: ['runsOn'] });
    expect(judge(`${block(1, 'Positive')}\nReview: more`, 5, { runsOn: 'drop' }).dropped).toBe('runsOn');
  });

  it('maps labels, and drops those it cannot map', () => {
    expect(judge(block(1, 'mild sentiment'), null).text).toBe(block(1, 'Mild'));
    expect(judge(block(1, 'Conflicted'), null)).toMatchObject({ text: null, dropped: 'offScale' });
  });

  it('counts a contradiction with the stars, and drops it on wish', () => {
    expect(judge(block(1, 'Positive'), 1)).toMatchObject({ dropped: null, found: ['stars'] });
    expect(judge(block(1, 'Positive'), 1, { stars: 'drop' }).dropped).toBe('stars');
    expect(judge(block(1, 'Positive'), 3, { stars: 'drop' }).dropped).toBeNull();
    expect(judge(block(1, 'Mild'), 1, { stars: 'drop' }).dropped).toBeNull();
  });

  it('keeps the whole judgements of a cut answer on wish', () => {
    const text = `${block(1, 'Positive')}\n\nOpinion Target 2: "th`;
    expect(judge(text, null, {}, 'cut').dropped).toBe('cut');
    expect(judge(text, null, { cut: 'trim' }, 'cut').text).toBe(block(1, 'Positive'));
    expect(judge('nothing of the kind', null).dropped).toBe('format');
  });

  it('reads an analysis that stands in a fence, behind a courtesy', () => {
    const whole = `Sure! Here is the analysis:\n\n\`\`\`text\n${block(1, 'Positive')}\n\`\`\``;
    expect(judge(whole, 5)).toEqual({ text: block(1, 'Positive'), dropped: null, found: ['wrapped'] });
    expect(judge(whole, 5, { wrapped: 'keep' }).dropped).toBe('format');
    expect(judge(whole, 5, { wrapped: 'drop' }).dropped).toBe('wrapped');
  });

  it('drops rewritings that copy or leave out', () => {
    const rewrite = (answer: string) =>
      filterAnswer(
        { kind: 'rewrite', review: 'The food was good, and cheap.', stars: 5, answer, finish: 'whole' },
        settings,
      );
    expect(rewrite('the food was GOOD and cheap').dropped).toBe('copy');
    expect(rewrite('Good food.').dropped).toBe('tooShort');
    expect(rewrite('Here is the rewritten review:\nThe food was good and cheap.')).toMatchObject({
      dropped: 'copy',
      found: ['wrapped', 'copy'],
    });
    expect(rewrite(' I loved the food, and I was glad that it was cheap. ').text).toBe(
      'I loved the food, and I was glad that it was cheap.',
    );
  });
});
