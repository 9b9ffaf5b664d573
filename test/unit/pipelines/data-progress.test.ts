import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FsaEventBody } from '../../../src/events.js';
import { readingEvents } from '../../../src/pipelines/run/data-progress.js';

describe('readingEvents', () => {
  afterEach(() => void vi.useRealTimers());

  it('tells four times a second at most, with the time that is left', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const events: FsaEventBody[] = [];
    const tell = readingEvents('checking the corpus', (event) => events.push(event));
    for (let step = 1; step <= 100; step++) {
      vi.advanceTimersByTime(10);
      tell({ rows: step, bytesDone: step * 1000, bytesTotal: 200_000 });
    }
    expect(events).toHaveLength(4);
    expect(events[1]).toEqual({
      type: 'data-progress',
      what: 'checking the corpus',
      rows: 50,
      bytesDone: 50_000,
      bytesTotal: 200_000,
      secondsLeft: expect.closeTo(1.5, 6) as number,
    });
  });

  it('knows no time before a byte is read', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const events: FsaEventBody[] = [];
    const tell = readingEvents('x', (event) => events.push(event));
    vi.advanceTimersByTime(300);
    tell({ rows: 0, bytesDone: 0, bytesTotal: 10 });
    expect(events).toMatchObject([{ secondsLeft: null }]);
  });
});
