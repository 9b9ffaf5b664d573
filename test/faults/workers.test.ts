/** What goes wrong in and around a worker, as a user of the command line meets it. */
import { existsSync } from 'node:fs';
import {
  copyFile,
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  rmdir,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readRuntime, sitePackagesOf } from '../../src/runtime/locate.js';
import { SAMPLE_STUDENT } from '../helpers/small-data.js';
import { undisturbedNumbers } from './undisturbed-run.js';
import {
  expectClearError,
  expectNoSecret,
  isLinux,
  isLinuxRoot,
  numbersOf,
  openPlace,
  wordsOf,
} from './fault-place.js';

const MEMORY_GROUPS = '/sys/fs/cgroup/memory';
const canLimitMemory = isLinuxRoot && existsSync(join(MEMORY_GROUPS, 'memory.limit_in_bytes'));
if (!canLimitMemory)
  console.log('the test of the kernel’s out-of-memory killer is skipped: no memory control group');

describe('a job', () => {
  it('whose weights are no numbers stops with the tensor and what to do, and no secret', async () => {
    const place = await openPlace();
    const student = join(place.folder, 'student');
    await cp(SAMPLE_STUDENT, student, { recursive: true });
    await spoilWeights(join(student, 'model.safetensors'), 'encoder.final_layer_norm.weight');
    const outcome = await place.run(place.distillWords('run', 6, ['--model', student]));
    const words = wordsOf(expectClearError(outcome, 2, 'CONFIG'));
    expect(words).toMatch(
      /hold NaN or infinity in encoder\.final_layer_norm\.weight; save or fetch it again/,
    );
    expectNoSecret(outcome.stdout, outcome.stderr);
  });

  it('whose loss overflows though its weights are numbers stops with the step, the ids and what to do', async () => {
    const place = await openPlace();
    const student = join(place.folder, 'student');
    await cp(SAMPLE_STUDENT, student, { recursive: true });
    await enlargeWeights(join(student, 'model.safetensors'), 'decoder.final_layer_norm.weight');
    const outcome = await place.run(place.distillWords('run', 6, ['--model', student]));
    const words = wordsOf(expectClearError(outcome, 1, 'JOB_FAILED'));
    expect(words).toMatch(/The (loss|gradient)\S* was (nan|inf) .*in step \d+;/);
    expect(words).toMatch(/The rows of this step: \S+/);
    expect(words).toMatch(/learning rate|fp32/);
    expectNoSecret(outcome.stdout, outcome.stderr);
  });

  it.skipIf(!isLinux)(
    'that may allocate no more memory fails alone and says so',
    async () => {
      const place = await openPlace();
      const running = place.start(place.evalWords('run'), {}, ['worker-started']);
      // Its job is given to the worker only when the limit stands.
      await running.whileStopped('worker-started', async ({ pid }) => {
        await restOf(Number(pid));
        const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
        const kilobytes = Number(/VmSize:\s+(\d+)/.exec(status)?.[1]);
        await limitMemory(Number(pid), (kilobytes + 4096) * 1024);
      });
      const { exitCode, events } = await running.ended;
      expect(exitCode).toBe(1);
      const failures = events
        .filter(({ type }) => type === 'job-failed')
        .map(({ error }) => JSON.stringify(error));
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) expect(failure).toMatch(/Memory ran out/);
      expect((await place.run(place.evalWords('run'))).exitCode).toBe(0);
      expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
    },
    240_000,
  );

  it.skipIf(!canLimitMemory)(
    'whose worker the kernel kills for its memory is tried again',
    async () => {
      const place = await openPlace();
      const group = join(MEMORY_GROUPS, `fsa-test-${process.pid}`);
      await mkdir(group);
      onTestFinished(async () => await rmdir(group));
      await writeFile(join(group, 'memory.limit_in_bytes'), String(2 << 20));
      // The model's tokenizer is tried before the cell begins; the cell waits for the verdict on its first epoch.
      const running = place.start(place.evalWords('run'), {}, ['job-started']);
      const { pid } = await running.event('worker-started');
      const limit = async (): Promise<void> => await writeFile(join(group, 'cgroup.procs'), String(pid));
      await running.whileStopped('job-started', limit);
      const { exitCode, events } = await running.ended;
      const [failure] = events.filter(({ type }) => type === 'job-failed');
      expect(failure).toMatchObject({ willRetry: true, error: { code: 'WORKER_LOST' } });
      expect(JSON.stringify(failure)).toContain('was killed by SIGKILL');
      expect(exitCode).toBe(0);
      expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers());
    },
    240_000,
  );
});

describe('a runtime', () => {
  it('that is deleted or drifts in the middle of a run ends it clearly; made whole, the run goes on', async () => {
    const place = await openPlace();
    const venv = await linkRuntime(place.cache);
    const words = place.evalWords('run', '1,2');
    // The other cell waits for the verdict on its first epoch until the runtime is away.
    const running = place.start(words, {}, ['job-finished']);
    await running.whileStopped('job-finished', async () => {
      await rename(venv, `${venv}-away`);
      process.kill(Number((await running.event('worker-started'))['pid']), 'SIGKILL');
    });
    const outcome = await running.ended;
    expect(wordsOf(expectClearError(outcome, 3, 'RUNTIME'))).toMatch(/Python could not be started/);
    const gone = expectClearError(await place.run(words), 3, 'RUNTIME');
    expect(wordsOf(gone)).toMatch(/cannot be reached.*|fsa setup --force/);
    await rename(`${venv}-away`, venv);
    const packages = join(venv, 'lib', (await readdir(join(venv, 'lib')))[0] ?? '', 'site-packages');
    const numpy = (await readdir(packages)).find((name) => /^numpy-.*dist-info$/.test(name)) ?? '';
    await rename(join(packages, numpy), join(packages, 'numpy-0.0.1.dist-info'));
    const drifted = expectClearError(await place.run(words), 3, 'RUNTIME');
    expect(wordsOf(drifted)).toMatch(/fsa setup --force.*numpy was .* and is now 0\.0\.1/);
    await rename(join(packages, 'numpy-0.0.1.dist-info'), join(packages, numpy));
    expect((await place.run(words)).exitCode).toBe(0);
    expect(await numbersOf(join(place.folder, 'run'))).toEqual(await undisturbedNumbers('1,2'));
  }, 240_000);
});

/** A runtime of the test's own, made of links into the real one; the folder of its virtual environment. */
async function linkRuntime(cache: string): Promise<string> {
  const real = await readRuntime();
  const folder = join(cache, 'runtime', basename(real.folder));
  await rm(join(cache, 'runtime'));
  const venv = join(folder, real.venv);
  const realPackages = sitePackagesOf(real);
  const packages = join(venv, 'lib', basename(dirname(realPackages)), 'site-packages');
  await mkdir(packages, { recursive: true });
  await copyFile(join(real.folder, 'runtime.json'), join(folder, 'runtime.json'));
  await copyFile(join(real.folder, real.venv, 'pyvenv.cfg'), join(venv, 'pyvenv.cfg'));
  await symlink(join(real.folder, real.venv, 'bin'), join(venv, 'bin'));
  for (const name of await readdir(realPackages))
    await symlink(join(realPackages, name), join(packages, name));
  // A run goes on only with the passes that it was begun with.
  const kernels = join(real.folder, 'kernels');
  if (existsSync(kernels)) await symlink(kernels, join(folder, 'kernels'));
  return venv;
}

/** Makes every number of a tensor nearly the largest there is: finite, and a product of it is not. */
async function enlargeWeights(path: string, tensor: string): Promise<void> {
  const program = `
import sys
from safetensors.torch import load_file, save_file
path, name = sys.argv[1:]
weights = {key: value.float() for key, value in load_file(path).items()}
weights[name].fill_(3e38)
save_file(weights, path, {"format": "pt"})`;
  await execa((await readRuntime()).python, ['-c', program, path, tensor]);
}

/** Makes every number of a tensor NaN: in each of the float formats, all bits set. */
async function spoilWeights(path: string, tensor: string): Promise<void> {
  const bytes = await readFile(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [from, to] = header[tensor]?.data_offsets ?? expect.fail(`no tensor ${tensor}`);
  bytes.fill(0xff, start + from, start + to);
  await writeFile(path, bytes);
}

/** Waits until a process sleeps and has used no processor time for a second: a worker that waits for a job. */
async function restOf(pid: number): Promise<void> {
  const look = async (): Promise<{ state?: string | undefined; ticks: string }> => {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, ticks: fields.slice(10, 12).join(' ') };
  };
  let before = await look();
  for (;;) {
    await setTimeout(1000);
    const now = await look();
    if (now.state === 'S' && now.ticks === before.ticks) return;
    before = now;
  }
}

/** Lets a running process map no more than so many bytes (`ulimit -v`, from outside). */
async function limitMemory(pid: number, bytes: number): Promise<void> {
  const program =
    'import resource, sys; pid, n = map(int, sys.argv[1:]); resource.prlimit(pid, resource.RLIMIT_AS, (n, n))';
  await execa((await readRuntime()).python, ['-c', program, String(pid), String(bytes)]);
}
