import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isFsaError, type FsaError } from '../../../src/errors.js';
import type { FsaEventBody } from '../../../src/events.js';
import { findDrift } from '../../../src/runtime/drift.js';
import { ensureRuntime, requireSameOrigin, type RuntimeRequest } from '../../../src/runtime/ensure.js';
import { hashLock, readRuntimeAt, sitePackagesOf, type Runtime } from '../../../src/runtime/locate.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { makeTinyLock } from './tiny-wheels.js';

const program = resolve(import.meta.dirname, '../../fixtures/ensure-runtime.ts');

interface Bench {
  readonly request: RuntimeRequest;
  readonly events: FsaEventBody[];
  /** Steps that were started, each once. */
  readonly steps: () => string[];
}

async function prepare(pins: Record<string, string>, changes: Partial<RuntimeRequest> = {}): Promise<Bench> {
  const root = await temporaryFolder();
  const { wheels, lockPath } = await makeTinyLock(root, pins);
  const events: FsaEventBody[] = [];
  const request: RuntimeRequest = {
    folder: join(root, 'runtime'),
    lockPath,
    python: null,
    torchIndexUrl: null,
    offlineWheels: wheels,
    onTopOf: null,
    force: false,
    emit: (event) => events.push(event),
    ...changes,
  };
  const steps = (): string[] => [
    ...new Set(events.flatMap((each) => (each.type === 'setup-step' ? [each.step] : []))),
  ];
  return { request, events, steps };
}

async function refusal(work: Promise<unknown>): Promise<FsaError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (isFsaError(error)) return error;
  throw new Error(`expected an FsaError, got ${String(error)}`);
}

async function environmentsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('venv-'));
}

async function ask({ python }: Runtime, expression: string): Promise<string> {
  return (await promisify(execFile)(python, ['-c', `print(${expression})`])).stdout.trim();
}

afterEach(() => {
  vi.unstubAllEnvs();
});

// Every environment is a real one, seconds of work each, and more where other programs share the machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe('a runtime', () => {
  it('is made once, with what the lock pins, and then found', async () => {
    const { request, steps, events } = await prepare({ fsatiny: '1.2', torch: '2.0+cpu' });
    const made = await ensureRuntime(request);
    expect(steps()).toEqual(['venv', 'packages', 'torch', 'verify']);
    expect(made.packages).toMatchObject({ fsatiny: '1.2', torch: '2.0+cpu' });
    expect(await ask(made, '__import__("fsatiny").VERSION')).toBe('1.2');
    expect(await findDrift(made)).toEqual([]);

    events.length = 0;
    expect(await ensureRuntime(request)).toEqual(made);
    expect(steps()).toEqual(['found']);

    await requireSameOrigin(made, { python: 'python3', torchIndexUrl: null });
    const asked = { python: null, torchIndexUrl: 'https://example.org/cu130' };
    const error = await refusal(requireSameOrigin(made, asked));
    expect(error.describe()).toMatch(/not from https:\/\/example.org\/cu130[^]*--force/);

    await writeFile(join(request.folder, 'runtime.json'), '{"schema": 1, "lockHash"');
    expect((await refusal(readRuntimeAt(request.folder, made.lockHash))).message).toContain('damaged');
  });

  it('is made once by callers in one process and in another, who wait for each other', async () => {
    const { request, events } = await prepare({ fsatiny: '1.0' });
    const other = promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      program,
      JSON.stringify(request),
    ]);
    const here = await Promise.all([ensureRuntime(request), ensureRuntime(request), ensureRuntime(request)]);
    const there = (await other).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FsaEventBody | { type: 'made'; runtime: Runtime });
    const venvs = [...events, ...there].filter(
      (each) => each.type === 'setup-step' && each.step === 'venv' && each.state === 'done',
    );
    expect(venvs).toHaveLength(1);
    const given = [...here, ...there.flatMap((each) => (each.type === 'made' ? [each.runtime] : []))];
    expect(given).toHaveLength(4);
    expect(new Set(given.map(({ venv }) => venv)).size).toBe(1);
    expect(events.some((each) => each.type === 'setup-step' && each.step === 'wait')).toBe(true);
    expect(await environmentsIn(request.folder)).toHaveLength(1);
  });

  it('whose making was killed is not taken for whole, and is made anew', async () => {
    const { request } = await prepare({ fsatiny: '1.0' });
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(request)]);
    for await (const line of createInterface(child.stdout)) {
      if ((JSON.parse(line) as { step?: string }).step === 'packages') break;
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await environmentsIn(request.folder)).toHaveLength(1);
    const lockHash = await hashLock(request.lockPath);
    await expect(readRuntimeAt(request.folder, lockHash)).rejects.toThrow('not there yet');

    const made = await ensureRuntime(request);
    expect(await findDrift(made)).toEqual([]);
    expect(await environmentsIn(request.folder)).toEqual([made.venv]);
  });

  it('refuses a package with other bytes than the lock names, says what pip said, leaves nothing', async () => {
    const { request } = await prepare({ fsatiny: '1.0' });
    const lock = await readFile(request.lockPath, 'utf8');
    await writeFile(request.lockPath, lock.replace(/sha256:[0-9a-f]{8}/, 'sha256:00000000'));
    const error = await refusal(ensureRuntime(request));
    expect(error.code).toBe('RUNTIME');
    expect(error.exitCode).toBe(3);
    expect(error.problems.join('\n')).toMatch(/DO NOT MATCH THE HASHES/);
    expect(error.advice).toMatch(/mirror or proxy/);
    expect(await environmentsIn(request.folder)).toEqual([]);
  });

  it('names the wheel that an offline folder lacks', async () => {
    const { request } = await prepare({ fsatiny: '1.0' });
    await rm(join(request.offlineWheels ?? '', 'fsatiny-1.0-py3-none-any.whl'));
    const error = await refusal(ensureRuntime(request));
    expect(error.problems.join('\n')).toContain('fsatiny');
    expect(error.advice).toBe(`Put the missing wheel into ${request.offlineWheels}.`);
  });

  it("follows the user's own pip settings, but not one that installs elsewhere", async () => {
    const { request } = await prepare({ fsatiny: '1.0' });
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', request.offlineWheels ?? '');
    vi.stubEnv('PIP_TARGET', join(request.folder, 'elsewhere'));
    vi.stubEnv('PIP_USER', '1');
    const made = await ensureRuntime({ ...request, offlineWheels: null });
    expect(await ask(made, '__import__("fsatiny").__file__')).toContain(made.venv);
  });

  it('stops when asked to, while it works and while it waits', async () => {
    const controller = new AbortController();
    const { request } = await prepare({ fsatiny: '1.0' });
    const waiting: Promise<FsaError>[] = [];
    const first = ensureRuntime({
      ...request,
      signal: controller.signal,
      emit: (event) => {
        if (event.type !== 'setup-step') return;
        if (event.step === 'venv' && waiting.length === 0) {
          waiting.push(refusal(ensureRuntime({ ...request, signal: controller.signal })));
        }
        if (event.step === 'packages') controller.abort();
      },
    });
    expect((await refusal(first)).code).toBe('CANCELLED');
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual(['CANCELLED']);
    expect(await environmentsIn(request.folder)).toEqual([]);
  });

  it('that was changed afterwards is noticed by a listing and made again', async () => {
    const { request, events } = await prepare({ fsatiny: '1.0', fsaother: '3' });
    const made = await ensureRuntime(request);
    await makeTinyLock(join(request.folder, '..'), { fsatiny: '2.0' }, 'newer');
    const flags = ['--no-index', '--find-links', request.offlineWheels ?? '', 'fsatiny==2.0'];
    await promisify(execFile)(made.python, ['-m', 'pip', 'install', '--quiet', ...flags]);
    expect(await findDrift(made)).toEqual(['fsatiny was 1.0 and is now 2.0']);
    await rm(join(sitePackagesOf(made), 'fsaother-3.dist-info'), { recursive: true });
    expect(await findDrift(made)).toContain('fsaother was 3 and is now gone');
    await rm(made.python);
    expect((await findDrift(made)).join()).toContain('cannot be reached');

    const healed = await ensureRuntime(request);
    expect(healed.venv).not.toBe(made.venv);
    expect(await findDrift(healed)).toEqual([]);
    const warnings = events.flatMap((each) => (each.type === 'warning' ? [each.message] : []));
    expect(warnings.join()).toContain('was changed and is made again');
  });

  it('made again by force takes the place of the old one when it is whole, and so do tools above it', async () => {
    const below = await prepare({ fsatiny: '1.0' });
    const old = await ensureRuntime(below.request);
    const above = await prepare({ fsadev: '5' }, { onTopOf: old, python: old.python });
    const tools = await ensureRuntime(above.request);
    const both = '__import__("fsatiny").VERSION + " " + __import__("fsadev").VERSION';
    expect(await ask(tools, both)).toBe('1.0 5');
    expect(Object.keys(tools.packages)).not.toContain('fsatiny');
    expect(Object.keys(tools.packages)).not.toContain('setuptools');

    const offlineWheels = join(below.request.folder, 'none');
    await refusal(ensureRuntime({ ...below.request, force: true, offlineWheels }));
    expect(await readRuntimeAt(below.request.folder, old.lockHash)).toEqual(old);
    expect(await findDrift(old)).toEqual([]);

    const made = await ensureRuntime({ ...below.request, force: true });
    expect(await environmentsIn(below.request.folder)).toEqual([made.venv]);
    expect(made.venv).not.toBe(old.venv);
    const moved = await ensureRuntime({ ...above.request, onTopOf: made, python: made.python });
    expect(moved.venv).not.toBe(tools.venv);
    expect(await ask(moved, both)).toBe('1.0 5');
  });
});
