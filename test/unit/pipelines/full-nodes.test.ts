/** Which nodes get no more jobs: told apart by their names, and by the room that they had. */
import { describe, expect, it } from 'vitest';
import { FullNodes } from '../../../src/pipelines/run/full-nodes.js';
import { JobFailedError } from '../../../src/workers/errors.js';

type Node = Parameters<FullNodes['refusal']>[0];

const nodeOf = (hostname: string, roomBytes: number | null): Node => ({
  id: `${hostname}#1`,
  logPath: 'worker.log',
  recentLog: () => '',
  hello: {
    ...{ hostname, roomBytes, sharesDisk: roomBytes === null, devices: [] },
    versions: { python: '3', torch: '2', transformers: '5', pyzmq: '27', lock: null },
  },
});

const failedBy = (code: 'disk-full' | 'exception'): JobFailedError => {
  const facts = { type: 'failed', jobId: 'cell', term: 1, attempt: 1, retryable: false, step: null } as const;
  return new JobFailedError(
    { ...facts, code, message: 'The disk of one is full.', traceback: '' },
    'worker.log',
  );
};

describe('FullNodes', () => {
  it('takes a full disk of a node for the loss of that place, until it has more room', () => {
    const nodes = new FullNodes();
    expect(nodes.refusal(nodeOf('one', 1000))).toBeNull();
    expect(nodes.judge(failedBy('disk-full'), nodeOf('one', 1000))).toMatchObject({
      code: 'WORKER_LOST',
      message: 'The disk of one is full.',
    });
    for (const room of [0, 1000, 1050])
      expect(nodes.refusal(nodeOf('one', room))?.message).toContain('The disk of one is still full');
    expect(nodes.refusal(nodeOf('one', 2000))).toBeNull();
    expect(nodes.refusal(nodeOf('two', 1000))).toBeNull();
  });

  it('leaves other failures, and those of a disk that is ours, as they are', () => {
    const nodes = new FullNodes();
    const [full, other] = [failedBy('disk-full'), failedBy('exception')];
    expect(nodes.judge(other, nodeOf('one', 1000))).toBe(other);
    expect(nodes.judge(full, nodeOf('one', null))).toBe(full);
    expect(nodes.refusal(nodeOf('one', 1000))).toBeNull();
  });
});
