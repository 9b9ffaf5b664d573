import { describe, expect, it } from 'vitest';
import { describeReach } from '../../../src/report/reach-words.js';

const whole = {
  ...{ sentences: 40, targets: 30, survivingTargets: 30, tuples: 50, reachableTuples: 50, ceilingF1: 1 },
  ...{ lost: [], cutInputs: 0, tuplesBehindCut: 0, cutTargets: 0 },
};

describe('what a tokenizer costs, in words', () => {
  it('is nothing where all is whole', () => expect(describeReach({ test: whole })).toBeNull());

  it('names what is lost, its ceiling, and what is cut', () => {
    const lost = [{ id: '1', target: 'delete  key | neutral', written: 'delete key | neutral' }];
    const test = { ...whole, survivingTargets: 29, reachableTuples: 49, ceilingF1: 98 / 99, lost };
    const dev = { ...whole, cutInputs: 2, tuplesBehindCut: 1, cutTargets: 3 };
    expect(describeReach({ dev, test })).toBe(
      '2 of 40 dev sentences are longer than inputs may be and are cut, with words of 1 gold tuples behind the cut. ' +
        '3 of 30 dev targets are too long and are cut. ' +
        '1 of 30 test targets cannot be written with this tokenizer, so F1 cannot pass 98.99: ' +
        '"delete  key | neutral" becomes "delete key | neutral".',
    );
  });
});
