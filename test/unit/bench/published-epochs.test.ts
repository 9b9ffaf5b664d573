import { describe, expect, it } from 'vitest';
import { oursAtPublished, theirsAtPublished } from '../../../bench/scenarios/published-epochs.js';

const epoch = (jobId: string, at: number) => ({ type: 'job-epoch', jobId, at });

describe('a cell of the published length, estimated from a short one', () => {
  it('adds epochs as long as those after the first, which bears what is paid once', () => {
    const events = [
      { type: 'job-started', jobId: 'a', at: 1 },
      epoch('a', 11),
      epoch('a', 13),
      epoch('a', 17),
    ];
    expect(
      oursAtPublished({ seconds: 20, cpuSeconds: 20, stdout: '', firstEventSeconds: 0, events }, 3),
    ).toBe(20 + 17 * 3);
  });

  it('keeps the epochs of cells apart that run side by side', () => {
    const events = [epoch('a', 5), epoch('b', 6), epoch('a', 9), epoch('b', 12)];
    const ours = { seconds: 20, cpuSeconds: 20, stdout: '', firstEventSeconds: 0, events };
    expect(oursAtPublished(ours, 2, 4, 2)).toBe(20 + (18 * 5 * 4) / 2);
  });

  it('takes the epochs of the yardstick as its script timed them', () => {
    const parts = { trainSeconds: 9, devSeconds: 3, testSeconds: 1, f1: {} };
    const theirs = { seconds: 14, cpuSeconds: 14, stdout: '', ...parts, epochSeconds: [2, 4] };
    expect(theirsAtPublished(theirs, 3)).toBe(14 + 17 * 3);
  });

  it('refuses to estimate from a single epoch', () => {
    const ours = { seconds: 20, cpuSeconds: 20, stdout: '', firstEventSeconds: 0, events: [epoch('a', 5)] };
    expect(() => oursAtPublished(ours, 1)).toThrow('from 2 epochs on');
  });
});
