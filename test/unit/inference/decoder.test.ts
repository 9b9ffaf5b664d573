import { describe, expect, it } from 'vitest';
import { sessionOptions } from '../../../src/inference/decoder.js';

describe('onnxruntime', () => {
  it('remembers no shapes, has the threads it is given, and those that wait soon sleep', () => {
    expect(sessionOptions(3)).toMatchObject({
      enableMemPattern: false,
      intraOpNumThreads: 3,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { spin_duration_us: '20' } } },
    });
  });
});
