import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FsaError } from '../../src/errors.js';
import { errorOf, openTestHost, runScript, until } from './harness.js';

const raw = { mode: 'raw', objections: 'expected' } as const;

describe('a worker that breaks the protocol', () => {
  it('is answered for every frame of garbage, and its good messages still count', async () => {
    const { launch, logPath } = await openTestHost(raw);
    await expect(runScript(await launch(), 'garbage')).resolves.toMatchObject({ texts: ['x'] });
    await until('every frame is answered', () => count(readFileSync(logPath, 'utf8'), 'told:') === 13);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is ended when it does nothing but garbage', async () => {
    const { launch } = await openTestHost(raw);
    const worker = await launch();
    const error = await errorOf<FsaError>(runScript(worker, 'garbage-flood'));
    expect(error.code).toBe('PROTOCOL');
    expect((await worker.ended).reason).toBe('broke the protocol');
  });

  it.each(['invalid-result', 'wrong-kind-result'])('is ended for an %s', async (script) => {
    const { launch } = await openTestHost(raw);
    const worker = await launch();
    expect((await errorOf<FsaError>(runScript(worker, script))).code).toBe('PROTOCOL');
    await worker.ended;
    expect((await errorOf<FsaError>(runScript(worker, 'garbage'))).code).toBe('PROTOCOL');
  });

  it('cannot end a job that is not its own', async () => {
    const { launch, printed } = await openTestHost(raw);
    await expect(runScript(await launch(), 'wrong-job')).resolves.toMatchObject({ texts: ['x'] });
    await printed('told: job another does not run');
  });

  it('cannot end the next job with a late result', async () => {
    const { launch } = await openTestHost(raw);
    const worker = await launch();
    await runScript(worker, 'result-twice', { jobId: 'first' });
    await expect(runScript(worker, 'result-twice', { jobId: 'second' })).resolves.toMatchObject({
      texts: ['x'],
    });
  });

  it('is heard once for what it sends again, and in order for what it sends too early', async () => {
    const { launch } = await openTestHost(raw);
    const worker = await launch();
    for (const [script, notices] of [
      ['replays', ['one', 'two']],
      ['reorders', ['one', 'two', 'three']],
    ] as const) {
      const told: string[] = [];
      const onNotice = (message: string): void => void told.push(message);
      await expect(runScript(worker, script, { onNotice })).resolves.toMatchObject({ texts: ['after all'] });
      expect(told).toEqual(notices);
    }
  });

  it('gains nothing by numbers that it made up', async () => {
    const { launch } = await openTestHost(raw);
    const worker = await launch();
    await expect(runScript(worker, 'forged-numbers')).resolves.toMatchObject({ texts: ['its own'] });
    // What it has thanked for in advance comes all the same.
    await expect(runScript(worker, 'result-twice')).resolves.toMatchObject({ texts: ['x'] });
  });

  it('is ended when it does nothing but thank for what nobody gave', async () => {
    const { launch } = await openTestHost(raw);
    const error = await errorOf<FsaError>(runScript(await launch(), 'thanks-too-much'));
    expect(error.code).toBe('PROTOCOL');
    expect(error.problems.join(' ')).toContain('acknowledges messages that were never sent');
  });

  it('is given up when it forgets its job', async () => {
    const { launch } = await openTestHost(raw);
    const error = await errorOf<FsaError>(runScript(await launch(), 'swallows-job'));
    expect(error.code).toBe('WORKER_LOST');
    expect(error.message).toContain('lost a message');
  });

  it.each([
    ['many-frames', /a message of 90000000 bytes in 3 frames, where 67108864 bytes are allowed/],
    ['long-notices', /more than 5000000 bytes for one job/],
  ])('is ended, the limit named, for %s', async (script, words) => {
    const { launch } = await openTestHost({ ...raw, limits: { jobBytes: 5_000_000 } });
    const worker = await launch();
    const error = await errorOf<FsaError>(runScript(worker, script));
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toMatch(words);
    await worker.ended;
  });

  it('does not stop us with a message that is nested without end', async () => {
    const { launch, printed } = await openTestHost(raw);
    const worker = await launch();
    const cpu = process.cpuUsage();
    await expect(runScript(worker, 'deep-nesting')).resolves.toMatchObject({ texts: ['x'] });
    const { user, system } = process.cpuUsage(cpu);
    expect((user + system) / 1e6).toBeLessThan(2);
    await printed('told: the message is nested more than 32 levels deep');
  });

  it('is cut off for a message over the limit', async () => {
    const { launch } = await openTestHost({
      ...raw,
      limits: { lostAfterSeconds: 3, stalledAfterSeconds: 4 },
    });
    const other = await openTestHost();
    const bystander = await other.launch();
    const error = await errorOf<FsaError>(runScript(await launch(), 'oversize'));
    expect(error.code).toBe('WORKER_LOST');
    await expect(runScript(bystander, 'echo:fine')).resolves.toMatchObject({ texts: ['fine'] });
  });
});

function count(text: string, words: string): number {
  return text.split(words).length - 1;
}
