import { describe, expect, it } from 'vitest';
import type { FsaError } from '../../src/errors.js';
import { WorkerLostError } from '../../src/workers/errors.js';
import { openWorkerHost } from '../../src/workers/host.js';
import { runtimePython } from '../helpers/python.js';
import { errorOf, isAlive, openTestHost, runScript, SLOT, until } from './harness.js';

describe('handshake', () => {
  it('makes a worker ready that speaks the same protocol', async () => {
    const { launch, events } = await openTestHost();
    const worker = await launch();
    expect(worker.hello.devices.map((device) => device.name)).toEqual(['cpu']);
    expect(events.map((event) => event.type)).toEqual(['worker-started', 'worker-ready']);
    await expect(runScript(worker, 'echo:hello')).resolves.toMatchObject({ texts: ['hello'] });
  });

  it('gives up a worker that never says hello', async () => {
    const { launch, events } = await openTestHost({ mode: 'never-says-hello', limits: { startSeconds: 1 } });
    const error = await errorOf<FsaError>(launch());
    expect(error.code).toBe('WORKER_LOST');
    expect(error.message).toContain('sent nothing within 1 s');
    expectEnded(events);
  });

  it('gives up a worker whose start takes too long, though its link is up', async () => {
    const { launch, events } = await openTestHost({ mode: 'starts-slowly', limits: { startSeconds: 1 } });
    expect((await errorOf<FsaError>(launch())).code).toBe('WORKER_LOST');
    expectEnded(events);
  });

  it('says what a worker printed that ends at once', async () => {
    const { launch } = await openTestHost({ mode: 'exits-at-start' });
    const error = await errorOf<WorkerLostError>(launch());
    expect(error).toBeInstanceOf(WorkerLostError);
    expect(error.processExitCode).toBe(3);
    expect(error.describe()).toContain('there is no such library');
  });

  it('names the signal of a worker that crashes at once', async () => {
    const { launch } = await openTestHost({ mode: 'crashes-at-start' });
    const error = await errorOf<WorkerLostError>(launch());
    expect(error.processSignal).toBe('SIGSEGV');
    expect(error.message).toContain('SIGSEGV');
  });

  it.skipIf(process.platform !== 'linux')(
    'says that memory ran out where the production worker finds no room for torch',
    async () => {
      const { folder } = await openTestHost();
      // A real limit, in the very process: torch's libraries need more address space than that.
      const program = ['-c', 'ulimit -v 450000; exec "$0" -m fsa_runtime', await runtimePython()];
      const host = await openWorkerHost({ python: '/bin/sh', program, emit: () => undefined });
      const error = await errorOf<WorkerLostError>(host.launch({ slot: SLOT, logPath: `${folder}/log` }));
      await host.close();
      expect(error).toBeInstanceOf(WorkerLostError);
      expect(error.processExitCode).toBe(12);
      expect(error.describe()).toMatch(/could not start: memory ran out while it loaded its libraries/);
      expect(error.describe()).toMatch(/failed to map segment[^]*use fewer workers at once/);
    },
  );

  it.each([
    ['version-1', 'it speaks protocol version 1, this side 3'],
    ['wrong-version', 'protocol version 99'],
    ['wrong-schema', 'its message schema is 000000000000'],
    ['wrong-pid', 'was started'],
  ])('refuses %s, tells the worker, and sees it end by itself', async (mode, words) => {
    const { launch, log, events } = await openTestHost({ mode });
    const error = await errorOf<FsaError>(launch());
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain(words);
    await until('the worker has ended', () => events.some((event) => event.type === 'worker-ended'));
    expect(await log()).toContain('told: You are refused');
    expect(events.at(-1)).toMatchObject({ reason: 'was refused at the handshake', expected: true });
  });

  const runtime = { lockHash: 'cd'.repeat(32), pythonVersion: '3.11.2', packages: { torch: '2.13.0+cpu' } };

  it.each([
    ['other-lock', /made from the lock efefefefefef…, this side's from cdcdcdcdcdcd…/],
    ['other-torch', /it has torch 2\.12\.0\+cu128, this side 2\.13\.0\+cpu/],
    ['other-python', /it has Python 3\.9\.1, this side 3\.11\.2/],
  ])('refuses a runtime with %s, whatever the protocol', async (mode, words) => {
    const { launch, printed } = await openTestHost({ mode, runtime });
    const error = await errorOf<FsaError>(launch());
    expect(error.code).toBe('RUNTIME');
    expect(error.message).toMatch(/has another runtime on here: /);
    expect(error.message).toMatch(words);
    await printed('told: You are refused');
  });

  it('takes the same release for another kind of device, and another Python of one minor release', async () => {
    const { launch } = await openTestHost({ mode: 'same-for-gpus', runtime });
    expect((await launch()).hello.versions.python).toBe('3.11.9');
  });

  it('answers a malformed hello and goes on waiting', async () => {
    const settings = { limits: { startSeconds: 2 }, objections: 'expected' as const };
    const { launch, log } = await openTestHost({ mode: 'malformed-hello', ...settings });
    expect((await errorOf<FsaError>(launch())).code).toBe('WORKER_LOST');
    expect(await log()).toContain('told: devices');
  });

  it.each(['wrong-key', 'wrong-server-key'])('lets nobody in with %s', async (mode) => {
    const { launch, events } = await openTestHost({
      mode,
      limits: { startSeconds: 2 },
      objections: 'expected',
    });
    expect((await errorOf<FsaError>(launch())).code).toBe('WORKER_LOST');
    const refusals = events.filter((event) => event.type === 'warning');
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.message).toContain('was refused');
  });

  it('lets nobody in without encryption', async () => {
    const settings = { limits: { startSeconds: 2 }, objections: 'expected' as const };
    const { launch } = await openTestHost({ mode: 'no-curve', ...settings });
    expect((await errorOf<FsaError>(launch())).code).toBe('WORKER_LOST');
  });

  it('does not take an admitted worker for another', async () => {
    const { launch } = await openTestHost({ mode: 'wrong-identity', limits: { startSeconds: 2 } });
    expect((await errorOf<FsaError>(launch())).code).toBe('WORKER_LOST');
  });

  it('survives a worker that says hello twice', async () => {
    const { launch, printed, events } = await openTestHost({
      mode: 'says-hello-twice',
      objections: 'expected',
    });
    const worker = await launch();
    await until('the second hello was seen', () => events.some((event) => event.type === 'warning'));
    await expect(runScript(worker, 'result-twice')).resolves.toMatchObject({ texts: ['x'] });
    await printed('told: a worker says hello once');
  });

  it('survives a worker that speaks before hello', async () => {
    const { launch, printed } = await openTestHost({ mode: 'speaks-before-hello' });
    await launch();
    await printed('told: the first message is hello');
  });

  it('says so when there is no Python', async () => {
    const host = await openWorkerHost({ python: '/no/such/python', emit: () => undefined });
    const { folder } = await openTestHost();
    const error = await errorOf<FsaError>(host.launch({ slot: SLOT, logPath: `${folder}/log` }));
    await host.close();
    expect(error.code).toBe('RUNTIME');
    expect(error.describe()).toContain('/no/such/python');
  });
});

function expectEnded(events: readonly { type: string }[]): void {
  const started = events.find((event) => event.type === 'worker-started') as unknown as { pid: number };
  expect(events.at(-1)?.type).toBe('worker-ended');
  expect(isAlive(started.pid)).toBe(false);
}
