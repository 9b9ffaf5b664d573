import { describe, expect, it } from 'vitest';
import {
  measureSplit,
  normaliseRow,
  type RoundTrip,
  textsToNormalise,
  type TripOf,
} from '../../../src/scoring/reach.js';

/** A tokenizer that collapses spaces, cannot write braces, and takes a word for a token. */
const tripOf: TripOf = (text): RoundTrip => {
  const written = text.replace(/[{}]/g, '').replace(/\s+/g, ' ').trim();
  const words = written === '' ? [] : written.split(' ');
  const tokens = words.length + 1;
  return { tokens, text: written, cut: tokens > 8 ? words.slice(0, 7).join(' ') : null };
};

const row = (sentence: string, term: string) => ({
  id: sentence,
  sentence,
  gold: `${term} | negative`,
  goldTuples: [{ term, polarity: 'negative' }],
});

const rows = [
  row('Hold the delete  key', 'delete  key'),
  row('The {menu} was cold', '{menu}'),
  row('We came at noon and left at one; soup', 'soup'),
  row('The soup was cold', 'soup'),
  { id: '5', sentence: 'Nothing here', gold: '', goldTuples: [] },
];

describe('the reach of a tokenizer', () => {
  it('is what survives of the gold, the ceiling that follows, and what is cut', () => {
    const reach = measureSplit(rows, tripOf, { task: 'atsa' }, 99);
    expect(reach).toMatchObject({
      sentences: 5,
      targets: 4,
      survivingTargets: 2,
      tuples: 4,
      reachableTuples: 2,
      cutInputs: 1,
      tuplesBehindCut: 1,
      cutTargets: 0,
    });
    // Precision 1, recall 2 of 4.
    expect(reach.ceilingF1).toBeCloseTo(2 / 3, 12);
    expect(reach.lost[0]).toEqual({
      id: 'Hold the delete  key',
      target: 'delete  key | negative',
      written: 'delete key | negative',
    });
    expect(measureSplit(rows, tripOf, { task: 'atsa' }, 3).cutTargets).toBe(5 - 1);
  });

  it('has no ceiling where nothing is gold', () => {
    expect(measureSplit(rows.slice(4), tripOf, { task: 'atsa' }, 99).ceilingF1).toBeNull();
  });

  it('is whole once both sides are as the tokenizer writes them', () => {
    const normalised = rows.map((one) => normaliseRow(one, tripOf));
    expect(normalised[0]!.goldTuples).toEqual([{ term: 'delete key', polarity: 'negative' }]);
    const reach = measureSplit(normalised, (text) => ({ ...tripOf(text), cut: null }), { task: 'atsa' }, 99);
    expect(reach.survivingTargets).toBe(4);
    expect(new Set(textsToNormalise(rows))).toContain('delete  key');
  });
});
