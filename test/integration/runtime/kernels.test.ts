/** The C++ passes: compiled beside a runtime, found again by the same name, or gone without in a clause. */
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FsaEventBody } from '../../../src/events.js';
import { placementIdentity, withKernels } from '../../../src/pipelines/run/slots.js';
import { findKernels, makeKernels } from '../../../src/runtime/kernels.js';
import { readRuntime, type Runtime } from '../../../src/runtime/locate.js';
import type { RunFile } from '../../../src/runs/types.js';
import { workerEnvironment } from '../../../src/workers/environment.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => void vi.unstubAllEnvs());

const real = await readRuntime().catch(() => null);
const CPU = { name: 'cpu-1', device: 'cpu', visibleGpu: null, threads: 1 } as const;
const CONNECTION = {
  endpoint: '',
  serverKey: '',
  admission: { identity: '', publicKey: '', secretKey: '' },
  orphanAfterSeconds: 0,
  silentAfterSeconds: 0,
};

describe.skipIf(real === null)('the kernels', () => {
  it('are compiled once, found by the digest that Python gives them, and named in what a run stands on', async () => {
    const runtime: Runtime = { ...(real as Runtime), folder: await temporaryFolder() };
    expect(await findKernels(runtime)).toMatch(/^(they are not compiled|this processor)/);
    const said: FsaEventBody[] = [];
    await makeKernels(runtime, { emit: (event) => void said.push(event) });
    const [last] = said.slice(-1);
    const found = await findKernels(runtime);
    if (last?.type !== 'setup-step' || last.detail !== 'compiled' || typeof found === 'string') {
      expect(last).toMatchObject({ detail: expect.stringMatching(/^(compiled|torch alone: )/) as string });
      expect(found).toMatch(/^(they are not compiled|this processor)/);
      return;
    }
    expect(await readdir(join(runtime.folder, 'kernels'))).toEqual([
      `fsa-kernels-${found.digest.slice(0, 16)}.so`,
    ]);
    const slots = await withKernels([CPU], { runtime, precision: 'bf16', before: null });
    expect(placementIdentity(slots)).toEqual({ device: 'cpu', threads: 1, kernels: found.digest });
    expect(workerEnvironment(slots[0] ?? CPU, '', CONNECTION)['FSA_KERNELS']).toBe(found.folder);
    expect(workerEnvironment(CPU, '', CONNECTION)['FSA_KERNELS']).toBe('off');
    // In fp32, and in a run that was begun without them, nothing changes.
    const begun = { identity: { threads: 1 } } as unknown as RunFile;
    for (const case_ of [
      { precision: 'fp32', before: null },
      { precision: 'bf16', before: begun },
    ])
      expect(placementIdentity(await withKernels([CPU], { runtime, ...case_ }))).toEqual({
        device: 'cpu',
        threads: 1,
      });
    // Code that somebody else could have put there is not loaded.
    const library = join(found.folder, `fsa-kernels-${found.digest.slice(0, 16)}.so`);
    await chmod(library, 0o777);
    expect(await findKernels(runtime)).toContain(library);
    await chmod(library, 0o755);
    vi.stubEnv('FSA_KERNELS', 'off');
    expect(await findKernels(runtime)).toBe('FSA_KERNELS is off');
    expect(await withKernels([CPU], { runtime, precision: 'bf16', before: null })).toEqual([CPU]);
  });
});
