import { describe, expect, it } from 'vitest';
import { classOfAnswer } from '../../../src/pipelines/zeroshot/verdicts.js';
import { CLASSES } from '../../../src/data/reviews/labelled.js';

const block = (target: string, label: string): string =>
  `Opinion Target 1: ${target}\nAspect: Food\nSentiment: ${label}\nReasoning: It says so.`;
const about = (term: string, answer: string) => classOfAnswer({ term }, answer, 'sum', CLASSES);

describe('what an analysis says of a term', () => {
  it.each([
    ['ice', 'service'],
    ['rice', 'prices'],
    ['ham', 'Champagne'],
    ['service', 'ice'],
    ['thé', 'théâtre'],
    ['cafe', 'cafe\u0301teria'],
    ['bar', 'barbecue sauce'],
    ['5', 'iPhone 15'],
  ])('is nothing for %j where it speaks of %j', (term, target) => {
    const answer = `${block(target, 'Very Negative')}\n\n${block(term, 'Positive')}`;
    expect(about(term, answer)).toBe('positive');
    expect(about(term, block(target, 'Negative'))).toBeNull();
  });

  it.each([
    ['waiter', '"The waiters"'],
    ['glass', 'glasses'],
    ['soup of the day', 'soup'],
    ['wine-list', 'wine'],
    ['Wi-Fi', 'wi-fi connection'],
    ['服务', '服务态度'],
    ['บริการ', 'การบริการดี'],
    ['crème brûlée', '“Crème brûlée”'],
  ])('is read for %j from %j', (term, target) => {
    expect(about(term, block(target, 'Negative'))).toBe('negative');
  });

  it('is read from behind a line of courtesy, or in a fence', () => {
    const answer = block('soup', 'Positive');
    for (const text of [`Sure! Here is the analysis:\n\n${answer}`, `\`\`\`\n${answer}\n\`\`\``]) {
      expect(about('soup', text)).toBe('positive');
    }
  });
});
