import { describe, expect, it } from 'vitest';
import type { FsaError } from '../../src/errors.js';
import type { SavedCheckpoint } from '../../src/workers/types.js';
import { errorOf, openTestHost, runScript } from './harness.js';

describe('cancel', () => {
  it('stops a job within a step; the worker takes the next one', async () => {
    const { launch } = await openTestHost();
    const worker = await launch();
    const controller = new AbortController();
    const error = await errorOf<FsaError>(
      runScript(worker, 'sleep', { signal: controller.signal, onProgress: () => controller.abort() }),
    );
    expect(error.code).toBe('CANCELLED');
    expect(error.exitCode).toBe(130);
    await expect(runScript(worker, 'echo:next')).resolves.toMatchObject({ texts: ['next'] });
  });

  it('lets a job save first', async () => {
    const { launch } = await openTestHost();
    const controller = new AbortController();
    const saved: SavedCheckpoint[] = [];
    const error = await errorOf<FsaError>(
      runScript(await launch(), 'sleep', {
        signal: controller.signal,
        cancelMode: 'save-and-stop',
        onProgress: () => controller.abort(),
        onSaved: (checkpoint) => void saved.push(checkpoint),
      }),
    );
    expect(error.code).toBe('CANCELLED');
    expect(saved).toHaveLength(1);
  });

  it('does not start a job whose signal is aborted already', async () => {
    const { launch } = await openTestHost();
    const error = await errorOf<FsaError>(
      runScript(await launch(), 'echo:x', { signal: AbortSignal.abort() }),
    );
    expect(error.code).toBe('CANCELLED');
  });

  it('kills a worker that ignores it', async () => {
    const { launch } = await openTestHost({ limits: { cancelSeconds: 1 } });
    const worker = await launch();
    const controller = new AbortController();
    const error = await errorOf<FsaError>(
      runScript(worker, 'ignore-cancel', { signal: controller.signal, onProgress: () => controller.abort() }),
    );
    expect(error.code).toBe('CANCELLED');
    expect((await worker.ended).reason).toContain('did not cancel its job within 1 s');
  });

  it('closes the whole host by its own signal', async () => {
    const controller = new AbortController();
    const { launch } = await openTestHost({ signal: controller.signal });
    const worker = await launch();
    const running = errorOf<FsaError>(runScript(worker, 'sleep'));
    controller.abort();
    expect((await running).code).toBe('CANCELLED');
    expect((await worker.ended).reason).toBe('shut down');
    expect((await errorOf<FsaError>(launch())).code).toBe('CANCELLED');
  });
});
