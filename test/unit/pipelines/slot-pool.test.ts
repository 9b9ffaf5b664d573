import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SlotPool } from '../../../src/pipelines/run/slot-pool.js';

const cpu = (threads: number) => ({ name: 'cpu', device: 'cpu', visibleGpu: null, threads }) as const;
const gpu = (visibleGpu: string) => ({ name: 'gpu', device: 'cuda:0', visibleGpu, threads: 1 }) as const;
const never = new AbortController().signal;
const ignore = (): void => undefined;

describe('SlotPool', () => {
  it('lets a run have its own plan, and another only what is left', async () => {
    const pool = new SlotPool(() => 4);
    const [first, second] = [{}, {}];
    const one = await pool.take(first, cpu(2), never, ignore);
    await pool.take(second, cpu(2), never, ignore);
    let waited = 0;
    let granted = false;
    const third = pool.take(second, cpu(2), never, () => (waited += 1)).then(() => (granted = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([waited, granted]).toEqual([1, false]);
    one();
    await third;
    expect(granted).toBe(true);
  });

  it('grants at once or not at all, where nobody wants to wait', async () => {
    const pool = new SlotPool(() => 2);
    const giveBack = await pool.take({}, cpu(2), never, ignore);
    expect(pool.takeNow({}, cpu(1))).toBeNull();
    giveBack();
    const again = pool.takeNow({}, cpu(2));
    expect(pool.takeNow({}, cpu(1))).toBeNull();
    again?.();
    expect(pool.takeNow({}, cpu(1))).not.toBeNull();
  });

  it('leaves nothing behind at the signal of a run that has waited', async () => {
    const pool = new SlotPool(() => 1);
    const { signal } = new AbortController();
    let given = await pool.take({}, cpu(1), signal, ignore);
    for (let run = 0; run < 3; run += 1) {
      const waiting = pool.take({}, cpu(1), signal, ignore);
      given();
      given = await waiting;
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('counts the processors and GPUs of all ranks of a worker', async () => {
    const pool = new SlotPool(() => 4);
    const refused = async (slot: Parameters<SlotPool['take']>[1]): Promise<void> => {
      const controller = new AbortController();
      const waiting = pool.take({}, slot, controller.signal, () => controller.abort(new Error('enough')));
      await expect(waiting).rejects.toThrow('enough');
    };
    await pool.take({}, { ...cpu(1), otherRanks: [null, null] }, never, ignore);
    await refused({ ...cpu(1), otherRanks: [null] });
    await pool.take({}, cpu(1), never, ignore);
    await pool.take({}, { ...gpu('0'), otherRanks: ['1', '2'] }, never, ignore);
    await refused(gpu('2'));
    await refused({ ...gpu('3'), otherRanks: ['1'] });
    await pool.take({}, gpu('3'), never, ignore);
  });

  it('does not divide one run that plans more than there is', async () => {
    const pool = new SlotPool(() => 1);
    const run = {};
    await pool.take(run, cpu(1), never, ignore);
    await pool.take(run, cpu(1), never, ignore);
  });

  it('gives a GPU to one run at a time, and another GPU at once', async () => {
    const pool = new SlotPool(() => 1);
    await pool.take({}, gpu('0'), never, ignore);
    await pool.take({}, gpu('1'), never, ignore);
    const controller = new AbortController();
    const waiting = pool.take({}, gpu('0'), controller.signal, () => controller.abort(new Error('enough')));
    await expect(waiting).rejects.toThrow('enough');
  });
});
