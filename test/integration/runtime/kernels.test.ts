/** The C++ passes: compiled beside a runtime, found again by the same name, or gone without in a clause. */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FsaEventBody } from '../../../src/events.js';
import { placementIdentity, withKernels } from '../../../src/pipelines/run/slots.js';
import { findKernels, makeKernels } from '../../../src/runtime/kernels.js';
import { readRuntime, type Runtime } from '../../../src/runtime/locate.js';
import { isThere } from '../../../src/storage/is-there.js';
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
  it('leave nothing behind where their setup is cancelled', async () => {
    const bin = await temporaryFolder();
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'g++'), `#!/bin/sh\necho "$$" >> '${bin}/pids'\nexec sleep 300\n`);
    await chmod(join(bin, 'g++'), 0o755);
    vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
    const runtime: Runtime = { ...(real as Runtime), folder: await temporaryFolder() };
    const cancelling = new AbortController();
    const said: FsaEventBody[] = [];
    const made = makeKernels(runtime, { emit: (event) => void said.push(event), signal: cancelling.signal });
    const settled = made.then(
      () => null,
      (error: unknown) => error,
    );
    const pids = async (): Promise<string[]> =>
      (await readFile(join(bin, 'pids'), 'utf8').catch(() => '')).split('\n').filter((pid) => pid !== '');
    while (said.length < 2 && (await pids()).length < 2) await sleep(20);
    // One that was packed, or no processor of ours, compiles nothing.
    if (said.length === 2) return;
    cancelling.abort();
    expect(await settled).toMatchObject({ code: 'CANCELLED' });
    expect(said).toHaveLength(1);
    expect(await readdir(join(runtime.folder, 'kernels'))).toEqual([]);
    for (const pid of await pids()) expect(await isThere(join('/proc', pid))).toBe(false);
  });

  it('are gone without where the setup noted that the packed ones are of no use', async () => {
    const runtime: Runtime = { ...(real as Runtime), folder: await temporaryFolder() };
    const said: FsaEventBody[] = [];
    await makeKernels(runtime, { emit: (event) => void said.push(event) });
    const found = await findKernels(runtime);
    if (typeof found === 'string') return;
    const note = join(runtime.folder, 'kernels', `fsa-kernels-${found.digest.slice(0, 16)}.unusable`);
    await mkdir(dirname(note), { recursive: true });
    await writeFile(note, 'there is no libgomp');
    expect(await findKernels(runtime)).toBe('there is no libgomp');
  });

  it('are compiled once, found by the digest that Python gives them, and named in what a run stands on', async () => {
    const runtime: Runtime = { ...(real as Runtime), folder: await temporaryFolder() };
    expect(await findKernels(runtime)).toMatch(/^(they are not compiled|this processor)/);
    const said: FsaEventBody[] = [];
    await makeKernels(runtime, { emit: (event) => void said.push(event) });
    const [last] = said.slice(-1);
    const found = await findKernels(runtime);
    if (last?.type !== 'setup-step' || last.detail !== 'compiled' || typeof found === 'string') {
      // A clone that was packed has them already.
      const detail = expect.stringMatching(/^(compiled|prebuilt|torch alone: )/) as string;
      expect(last).toMatchObject({ detail });
      if (last?.type === 'setup-step' && last.detail === 'prebuilt') return;
      expect(found).toMatch(/^(they are not compiled|this processor)/);
      return;
    }
    expect(await readdir(join(runtime.folder, 'kernels'))).toEqual([
      `fsa-kernels-${found.digest.slice(0, 16)}.so`,
    ]);
    expect(found.prebuilt).toBe(false);
    const work = { runtime, precision: 'bf16', generates: true, before: null };
    const slots = await withKernels([CPU], work);
    // Other passes, other last bits.
    const kernels = found.level === 'avx512' ? found.digest : `${found.digest}-${found.level}`;
    expect(placementIdentity(slots)).toEqual({ device: 'cpu', threads: 1, kernels });
    expect(placementIdentity(await withKernels([CPU], { ...work, precision: 'fp32' }))).toMatchObject({
      kernels,
    });
    expect(workerEnvironment(slots[0] ?? CPU, '', CONNECTION)['FSA_KERNELS']).toBe(found.folder);
    expect(workerEnvironment(slots[0] ?? CPU, '', CONNECTION)['FSA_KERNELS_LEVEL']).toBe(found.level);
    expect(workerEnvironment(CPU, '', CONNECTION)['FSA_KERNELS']).toBe('off');
    // Where nothing of it would run, and in a run that was begun without them, nothing changes.
    const begun = { identity: { threads: 1 } } as unknown as RunFile;
    for (const other of [
      { ...work, precision: 'fp32', generates: false },
      { ...work, before: begun },
    ])
      expect(placementIdentity(await withKernels([CPU], other))).toEqual({ device: 'cpu', threads: 1 });
    const trainsOnly = await withKernels([CPU], { ...work, generates: false });
    expect(trainsOnly[0]?.kernels?.level).toBe(found.level === 'avx2' ? undefined : found.level);
    // Code that somebody else could have put there is not loaded.
    const library = join(found.folder, `fsa-kernels-${found.digest.slice(0, 16)}.so`);
    await chmod(library, 0o777);
    expect(await findKernels(runtime)).toContain(library);
    await chmod(library, 0o755);
    vi.stubEnv('FSA_KERNELS', 'off');
    expect(await findKernels(runtime)).toBe('FSA_KERNELS is off');
    expect(await withKernels([CPU], work)).toEqual([CPU]);
  });
});
