import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../bench/scenarios/cell-parts.js';

describe('the parts of a cell', () => {
  const cell = {
    seconds: 30,
    cpuSeconds: 40,
    stdout: '',
    firstEventSeconds: 0.5,
    events: [
      { type: 'run-started', at: 0 },
      { type: 'job-started', at: 2 },
      { type: 'job-epoch', at: 9 },
      { type: 'job-epoch', at: 14 },
      { type: 'job-epoch', at: 18 },
      { type: 'job-finished', at: 21 },
      { type: 'run-finished', at: 22 },
    ],
  };

  it('add up to the whole process, the first epoch without what is paid once', () => {
    const parts = Object.fromEntries(partsOf(cell).map(({ name, seconds }) => [name, seconds]));
    expect(parts).toEqual({
      command: 0.5,
      worker: 2,
      'reading and warming up': 3,
      epochs: 13,
      'test sets and scores': 3,
      'results and report': 1,
      end: 7.5,
    });
    expect(Object.values(parts).reduce((one, other) => one + other)).toBe(cell.seconds);
  });

  it('are not told of a run that did not end', () => {
    const events = cell.events.slice(0, 4);
    expect(() => partsOf({ ...cell, events })).toThrow('no job-finished');
  });
});
