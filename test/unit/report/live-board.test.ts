import { describe, expect, it } from 'vitest';
import type { FsaEvent } from '../../../src/events.js';
import { renderBoard } from '../../../src/report/live/board.js';
import { LiveState } from '../../../src/report/live/state.js';
import { logLineOf } from '../../../src/server/watch/stream.js';

const TIME = '2026-01-02T03:04:05.000Z';

function started(seed: number): FsaEvent {
  return {
    type: 'job-started',
    time: TIME,
    jobId: `job-${seed}`,
    label: `base · atsa/own · seed ${seed}`,
    task: 'atsa',
    dataset: 'own',
    model: 'base',
    seed,
    workerId: 'w',
    attempt: 1,
  };
}

describe('the live page', () => {
  it('shows the seeds of a row in their order, whichever began first', () => {
    const state = new LiveState();
    state.kind = 'eval';
    for (const seed of [100, 62, 42, 52]) state.apply(started(seed));
    const page = renderBoard({
      name: 'run',
      state,
      progress: null,
      underWay: true,
      results: null,
      curves: [],
      nowMs: 0,
    }).source;
    expect([...page.matchAll(/<small>(\d+)<\/small>/g)].map(([, seed]) => Number(seed))).toEqual([
      42, 52, 62, 100,
    ]);
  });

  it('has words for events that no other view tells', () => {
    const event = { type: 'worker-started', time: TIME, workerId: 'w', slot: 'cpu-2', pid: 1, host: null };
    expect(logLineOf(event)?.text).toBe('worker started on cpu-2');
  });
});
