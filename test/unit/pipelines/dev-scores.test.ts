import { describe, expect, it } from 'vitest';
import { DevScores } from '../../../src/pipelines/eval/dev-scores.js';

describe('DevScores', () => {
  it('takes the first of equals as the best, and only what is strictly better after it', () => {
    const dev = new DevScores([]);
    expect([0.4, 0.5, 0.5, 0.3, 0.6].map((f1, index) => dev.judge(index + 1, f1))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(dev.bestEpoch).toBe(5);
    expect(new DevScores([0.5, 0.5]).bestEpoch).toBe(1);
    expect(new DevScores([]).bestEpoch).toBe(0);
  });

  it('replaces an epoch that a resumed attempt does again, and those after it', () => {
    const dev = new DevScores([0.4, 0.6, 0.5]);
    expect(dev.judge(2, 0.45)).toBe(true);
    expect(dev.f1).toEqual([0.4, 0.45]);
  });

  it('refuses an epoch whose forerunners have no score', () => {
    expect(() => new DevScores([0.4]).judge(3, 0.5)).toThrow(/before 3 are lost/);
  });
});
