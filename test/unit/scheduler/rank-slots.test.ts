import { describe, expect, it } from 'vitest';
import { planRanks } from '../../../src/scheduler/slots.js';

const machine = { cores: 8, gpus: ['0', '2', '5'] };

describe('planRanks', () => {
  it('gives every rank a GPU of its own, and refuses where there are too few', () => {
    expect(planRanks(machine, { device: 'auto', threads: null, ranks: 2 })).toEqual({
      name: 'gpu-0x2',
      device: 'cuda:0',
      visibleGpu: '0',
      threads: 4,
      otherRanks: ['2'],
    });
    expect(planRanks(machine, { device: 'cuda', threads: 3, ranks: 3 })).toMatchObject({
      threads: 3,
      otherRanks: ['2', '5'],
    });
    expect(planRanks(machine, { device: 'auto', threads: null, ranks: 4 })).toBeNull();
    expect(planRanks({ cores: 8, gpus: [] }, { device: 'cuda', threads: null, ranks: 2 })).toBeNull();
  });

  it('divides the processors where there is no GPU, or none is wanted', () => {
    const four = {
      name: 'cpu-1x4',
      device: 'cpu',
      visibleGpu: null,
      threads: 2,
      otherRanks: [null, null, null],
    };
    expect(planRanks(machine, { device: 'cpu', threads: null, ranks: 4 })).toEqual(four);
    expect(planRanks({ ...machine, gpus: [] }, { device: 'auto', threads: null, ranks: 4 })).toEqual(four);
    expect(planRanks(machine, { device: 'cpu', threads: null, ranks: 16 })).toMatchObject({ threads: 1 });
  });
});
