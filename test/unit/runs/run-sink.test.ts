import { describe, expect, it } from 'vitest';
import type { FsaEvent } from '../../../src/events.js';
import { GuestSinks, type RunSink } from '../../../src/runs/run-sink.js';

const event: FsaEvent = { type: 'warning', message: 'm', where: null, time: 't' };

function recording(): RunSink & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    event: ({ type }) => void seen.push(type),
    metrics: ({ step }, jobId) => void seen.push(`${jobId}:${step}`),
    close: () => Promise.resolve(void seen.push('closed')),
  };
}

const fails = (): never => {
  throw new Error('broken pipe');
};

describe('GuestSinks', () => {
  it('tells every sink everything, in order', async () => {
    const sink = recording();
    const all = new GuestSinks([sink], fails);
    all.event(event);
    const rest = { epoch: null, loss: 1, validationLoss: null, learningRate: 1, gradientNorm: 1 };
    const [third, fourth, fifth] = [3, 4, 5].map((step) => ({
      step,
      ...rest,
      tokens: 1,
      tokensPerSecond: null,
    }));
    all.metrics(third!, 'job');
    all.allMetrics([fourth!, fifth!], 'job');
    await all.close();
    expect(sink.seen).toEqual(['warning', 'job:3', 'job:4', 'job:5', 'closed']);
  });

  it('leaves a sink alone that threw, says so once, and goes on with the others', async () => {
    const warnings: string[] = [];
    const sink = recording();
    const all = new GuestSinks([{ ...recording(), event: fails }, sink], (warning) => warnings.push(warning));
    all.event(event);
    all.event(event);
    await all.close();
    expect(sink.seen).toEqual(['warning', 'warning', 'closed']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('broken pipe');
  });

  it('waits neither for a sink that never closes nor for one that cannot', async () => {
    const warnings: string[] = [];
    const never = { ...recording(), close: () => new Promise<void>(() => undefined) };
    const broken = { ...recording(), close: () => Promise.reject(new Error('gone')) };
    const all = new GuestSinks([never, broken], (warning) => warnings.push(warning), 0.05);
    await all.close();
    expect(warnings).toEqual([
      expect.stringContaining('could not be closed') as string,
      'A sink did not close within 0.05 s.',
    ]);
  });

  it('leaves a sink alone whose async function rejected, says so once, and goes on with the others', async () => {
    const warnings: string[] = [];
    const [sink, broken] = [recording(), recording()];
    const rejects = () => Promise.reject(new Error('server gone'));
    const all = new GuestSinks([{ ...broken, event: rejects }, sink], (warning) => warnings.push(warning));
    all.event(event);
    all.event(event);
    await all.close();
    expect(sink.seen).toEqual(['warning', 'warning', 'closed']);
    expect(broken.seen).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('server gone')]);
  });

  it('closes a sink once its async functions are through', async () => {
    const sink = recording();
    const slow = async ({ type }: FsaEvent): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      sink.seen.push(type);
    };
    const all = new GuestSinks([{ ...sink, event: slow }], fails);
    all.event(event);
    await all.close();
    expect(sink.seen).toEqual(['warning', 'closed']);
  });
});
