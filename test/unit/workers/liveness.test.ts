import { describe, expect, it } from 'vitest';
import { Liveness } from '../../../src/workers/liveness.js';

const limits = {
  heartbeatSeconds: 1,
  lostAfterSeconds: 30,
  busyAfterSeconds: 600,
  stalledAfterSeconds: 3600,
};

/** Lets seconds pass one by one, as the host's timer does; gives the clause that ends the worker, or null. */
function pass(liveness: Liveness, from: number, to: number, each: (now: number) => void): string | null {
  for (let now = from; now <= to; now += 1) {
    each(now);
    const verdict = liveness.check(now);
    if (!verdict.alive) return verdict.why;
  }
  return null;
}

describe('liveness', () => {
  it('is content with a worker that beats and works', () => {
    const liveness = new Liveness(limits, 0);
    const why = pass(liveness, 1, 10_000, (now) => {
      liveness.heard(now);
      liveness.counted(now, now);
    });
    expect(why).toBeNull();
  });

  it('gives up what the transport cannot reach', () => {
    const liveness = new Liveness(limits, 0);
    expect(pass(liveness, 1, 20, () => undefined)).toBeNull();
    expect(pass(liveness, 21, 21, () => undefined)).toContain('could not be reached');
  });

  it('waits longer for an interpreter that is silent while its process answers', () => {
    const liveness = new Liveness(limits, 0);
    expect(pass(liveness, 1, 600, (now) => liveness.reached(now))).toBeNull();
    expect(pass(liveness, 601, 601, (now) => liveness.reached(now))).toContain('busy in native code');
  });

  it('gives up a job whose units stand still, but not one that waits for us', () => {
    const beat = (liveness: Liveness) => (now: number) => {
      liveness.heard(now);
      liveness.counted(7, now);
    };
    const stalled = new Liveness(limits, 0);
    expect(pass(stalled, 1, 3601, beat(stalled))).toBeNull();
    expect(pass(stalled, 3602, 3602, beat(stalled))).toContain('made no progress for 3601 s');
    const resting = new Liveness(limits, 0);
    const rest = (now: number) => {
      beat(resting)(now);
      resting.rested(now);
    };
    expect(pass(resting, 1, 10_000, rest)).toBeNull();
  });

  it('forgives the time in which we slept ourselves', () => {
    const liveness = new Liveness(limits, 0);
    pass(liveness, 1, 5, (now) => liveness.heard(now));
    expect(liveness.check(50_000)).toEqual({ alive: true });
    expect(pass(liveness, 50_001, 50_018, () => undefined)).toBeNull();
    expect(pass(liveness, 50_019, 50_030, () => undefined)).toContain('could not be reached');
  });
});
