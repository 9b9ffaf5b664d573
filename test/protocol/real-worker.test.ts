import { describe, expect, it } from 'vitest';
import { openTestHost, runScript } from './harness.js';

describe('the production worker', () => {
  it('probes what this machine can do', { timeout: 180_000 }, async () => {
    const { launch } = await openTestHost({ mode: 'real', limits: { startSeconds: 120 } });
    const worker = await launch();
    expect(worker.hello.versions.torch).toMatch(/^\d+\.\d+/);
    expect(worker.hello.devices[0]).toMatchObject({ name: 'cpu' });
    expect(worker.hello.devices[0]?.memoryBytes).toBeGreaterThan(2 ** 30);
    const output = await worker.run<'probe'>(
      { kind: 'probe', placement: { device: 'cpu', threads: 1 } },
      { jobId: 'probe', attempt: 1 },
    );
    expect(output.fp32GflopsPerSecond).toBeGreaterThan(0.1);
    expect(output.bf16Works).toBe(true);
    expect(output.devices[0]?.freeBytes).toBeGreaterThan(0);
  });
});

describe('the environment of a worker', () => {
  it('carries no secret of ours, and no key on the command line', async () => {
    process.env['HF_TOKEN'] = 'hf_canary_in_the_environment';
    process.env['HTTPS_PROXY'] = 'http://user:canary@proxy';
    const { launch } = await openTestHost();
    const worker = await launch().finally(() => {
      delete process.env['HF_TOKEN'];
      delete process.env['HTTPS_PROXY'];
    });
    const [environment = '', commandLine = ''] = (await runScript(worker, 'environment')).texts;
    expect(environment + commandLine).not.toContain('canary');
    expect(commandLine).toContain('misbehaving-worker.py');
    const seen = JSON.parse(environment) as Record<string, string>;
    expect(Object.keys(seen).filter((name) => name.startsWith('FSA_WORKER'))).toEqual([]);
    expect(seen).toMatchObject({
      CUDA_VISIBLE_DEVICES: '',
      OMP_NUM_THREADS: '1',
      HF_HUB_OFFLINE: '1',
      PYTHONHASHSEED: '0',
    });
  });
});
