/** A worker in a queue: why it waits is told, each reason once, as long as it waits. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { RemoteProcess } from '../../../src/workers/launchers/remote-process.js';

const HOOKS = {
  cancel: () => undefined,
  ask: () => undefined,
  isWaitedFor: () => false,
  ended: () => Promise.resolve(),
  begin: undefined,
};

it('tells each reason once, also those of before anybody listened', () => {
  const process = new RemoteProcess('Slurm job 3', HOOKS);
  const told: string[] = [];
  process.hear({ state: 'queued', why: null });
  process.hear({ state: 'queued', why: 'Priority' });
  process.tellWaits((why) => told.push(why));
  for (const why of ['Priority', 'PartitionDown', 'Priority', null]) process.hear({ state: 'queued', why });
  expect(told).toEqual(['Priority', 'PartitionDown']);
});

it('tells nothing once it had a place', () => {
  const process = new RemoteProcess('Slurm job 3', HOOKS);
  const told: string[] = [];
  process.tellWaits((why) => told.push(why));
  process.hear({ state: 'running', where: 'n1' });
  process.hear({ state: 'queued', why: 'BeginTime' });
  expect(told).toEqual([]);
});

it('is not gone where a list lacks it', () => {
  const process = new RemoteProcess('Slurm job 3', HOOKS);
  process.hear({ state: 'running', where: 'n1' });
  process.hear(null);
  expect(process.running).toBe(true);
  process.hear({ state: 'ended', how: 'is completed for Slurm' });
  expect(process.running).toBe(false);
});

it('is gone where all lists of a minute lack it, however long the engine was silent before', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const process = new RemoteProcess('Slurm job 3', HOOKS);
  process.hear({ state: 'running', where: 'n1' });
  vi.advanceTimersByTime(300_000);
  process.hear(null);
  expect(process.running).toBe(true);
  vi.advanceTimersByTime(61_000);
  process.hear(null);
  await expect(process.ended).resolves.toMatchObject({ how: 'is not known to the engine any more' });
});
