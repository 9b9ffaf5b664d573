import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunShare } from '../../../src/pipelines/run/share.js';

describe('RunShare', () => {
  it('never falls, whatever is estimated, and ends at 1', () => {
    const steps = fc.array(
      fc.record({ job: fc.constantFrom('a', 'b'), wait: fc.nat(5000), left: fc.option(fc.nat(1000)) }),
    );
    fc.assert(
      fc.property(steps, (told) => {
        let now = 0;
        const jobs = [
          { id: 'a', cost: 1 },
          { id: 'b', cost: 3 },
        ];
        const share = new RunShare(jobs, 0, () => now);
        const last: Record<string, number> = { a: 0, b: 0 };
        let overall = 0;
        for (const { id } of jobs) share.started(id);
        for (const { job, wait, left } of told) {
          now += wait;
          const seen = share.progressed(job, left);
          expect(seen.share).toBeGreaterThanOrEqual(last[job] ?? 0);
          expect(seen.overallShare).toBeGreaterThanOrEqual(overall);
          expect(seen.overallShare).toBeLessThanOrEqual(1);
          last[job] = seen.share;
          overall = seen.overallShare;
          // Another attempt goes on from the share it had.
          if (wait > 4000) share.started(job);
        }
        for (const { id } of jobs) share.finished(id);
        expect(share.progressed('a', null).overallShare).toBe(1);
      }),
    );
  });

  it('counts what was done before', () => {
    const share = new RunShare([{ id: 'a', cost: 1 }], 3);
    share.started('a');
    share.finished('a');
    expect(share.progressed('a', null).overallShare).toBe(1);
  });
});
