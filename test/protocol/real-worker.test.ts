import { describe, expect, it } from 'vitest';
import { openTestHost, runScript, SLOT } from './harness.js';

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

  it('says once that it lacks the C++ passes that the run stands on', { timeout: 180_000 }, async () => {
    const { host, logPath } = await openTestHost({ mode: 'real', limits: { startSeconds: 120 } });
    const kernels = { folder: '/not/there', digest: 'of the run', level: 'avx2', prebuilt: false } as const;
    const worker = await host.launch({ slot: { ...SLOT, kernels }, logPath });
    const notices: string[] = [];
    const spec = { kind: 'probe', placement: { device: 'cpu', threads: 1 } } as const;
    for (const jobId of ['first', 'second'])
      await worker.run<'probe'>(spec, { jobId, attempt: 1, onNotice: (said) => void notices.push(said) });
    expect(notices).toEqual([
      expect.stringMatching(/torch computes alone, .*: the C\+\+ passes .* are not at \/not\/there\//),
    ]);
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
