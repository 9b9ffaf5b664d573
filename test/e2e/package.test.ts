/** The package as its users get it: packed, installed without scripts in an empty folder, and used there. */
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSTALL_PEERS } from '../../src/inference/peers.js';
import { fsa as ownFsa, ROOT } from '../helpers/cli.js';
import { SAMPLE_STUDENT } from '../helpers/small-data.js';
import { toolsBin } from '../helpers/tools-venv.js';

/** Half of it is the sample's student, which the preset `sample` starts from. */
const MOST_BYTES = 3_600_000;

let folder = '';
let tarball = '';
let exported = '';
const installed = (...path: string[]): string => join(folder, 'node_modules/fsa-distill', ...path);

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'fsa-test-')));
  const source = await copyOfWhatIsPacked();
  await execa('node', ['scripts/prebuild-kernels.mjs'], { cwd: source });
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const packed = await execa('npm', words, { cwd: source });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  tarball = join(folder, filename);
  const user = { name: 'user', private: true, type: 'module' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(user));
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `./${filename}`];
  await execa('npm', install, { cwd: folder });
  exported = join(folder, 'onnx');
  for (const command of [
    ['setup', '--extra', 'export'],
    ['export', '--model', SAMPLE_STUDENT, '--task', 'atsa', '--format', 'onnx', '--output', exported],
  ]) {
    const { exitCode, stderr } = await ownFsa(command);
    expect(exitCode, stderr).toBe(0);
  }
});

afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** `prepack` without the build, away from this folder: other tests look at its libraries. */
async function copyOfWhatIsPacked(): Promise<string> {
  // Nothing of an older build.
  await execa('node', ['scripts/bundle.mjs', '--clean'], { cwd: ROOT });
  const source = join(folder, 'source');
  const { files } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
  const roots = files.filter((name) => !name.startsWith('!')).map((name) => name.split('/')[0] ?? name);
  for (const name of new Set(['package.json', 'README.md', 'scripts', ...roots])) {
    const filter = (path: string): boolean => !path.includes('__pycache__') && !path.includes('prebuilt');
    await cp(join(ROOT, name), join(source, name), { recursive: true, filter });
  }
  return source;
}

describe('the package', () => {
  it('is small, and has the command, the declarations, the runtime and the sample', async () => {
    expect((await stat(tarball)).size).toBeLessThanOrEqual(MOST_BYTES);
    const fsa = join(folder, 'node_modules/.bin/fsa');
    expect((await execa(fsa, ['--version'], { cwd: folder })).stdout).toMatch(/^\d+\.\d+\.\d+$/);
    const check = await execa(fsa, ['data', 'check', installed('datasets/sample'), '--quiet'], {
      cwd: folder,
    });
    expect(check.stdout).toContain('benchmark (atsa)');

    // A user's own compiler, strict and without Node's types, reads the declarations.
    const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', types: [] };
    const node16 = { module: 'node16', moduleResolution: 'node16' };
    const settings = { compilerOptions: { ...compilerOptions, ...node16 }, files: ['a.mts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const source = "import { evaluate, loadModel } from 'fsa-distill'; void [evaluate, loadModel];";
    await writeFile(join(folder, 'a.mts'), source);
    await execa(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: folder });
  });

  it('brings the C++ passes, for any Linux that torch runs on, and needs no compiler for them', async () => {
    const room = installed('py_runtime/fsa_runtime/kernels');
    const builds = process.platform === 'linux' && process.arch === 'x64' && (await compilerIsThere());
    const names = await readdir(join(room, 'prebuilt')).catch(() => []);
    expect(names).toHaveLength(builds ? 1 : 0);
    const [name] = names;
    if (name === undefined) return;
    const library = await readFile(join(room, 'prebuilt', name), 'latin1');
    const glibc = [...library.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
    expect(Math.max(...glibc)).toBeLessThanOrEqual(28);
    const levels = ['fsa_weight_gradient', 'fsa_attend_avx2', 'fsa_attend_avx512', 'fsa_attend_amx'];
    for (const level of levels) expect(library).toContain(level);

    const bin = join(folder, 'no-compiler');
    await mkdir(bin);
    for (const command of ['node', 'python3'])
      await symlink((await execa('which', [command])).stdout, join(bin, command));
    const env = { PATH: bin };
    const words = [installed('bin/fsa.js'), 'setup', '--json'];
    const { stdout } = await execa(process.execPath, words, { cwd: folder, env });
    const steps = stdout.split('\n').filter((line) => line.includes('"kernels"'));
    expect(steps.at(-1)).toContain('"detail":"prebuilt"');
    const doctor = await execa(process.execPath, [installed('bin/fsa.js'), 'doctor'], {
      cwd: folder,
      env,
      reject: false,
    });
    // What a checkout compiled into the same cache is the same, and goes first.
    expect(doctor.stdout).toMatch(
      /kernels: (C\+\+ passes [0-9a-f]{16}, (prebuilt|compiled here), |torch alone: this processor)/,
    );
  });

  it('distils with the runtime, the student and the data that it brings, in a folder that has none', async () => {
    const program = `
      import { distill } from 'fsa-distill';
      const run = distill({ preset: 'sample', output: 'run', config: { distill: { steps: 2, batchSize: 2 } } });
      console.log((await run).steps);
    `;
    const { stdout } = await execa('node', ['--input-type=module', '-e', program], { cwd: folder });
    expect(stdout).toBe('2');
  });

  it('says how to install what inference in Node needs, and then serves as another user, code read-only', async () => {
    const input = join(folder, 'texts.txt');
    await writeFile(input, 'Good food.\n');
    const words = ['predict', '--model', exported, '--input', input, '--json'];
    const missing = await execa(join(folder, 'node_modules/.bin/fsa'), words, { cwd: folder, reject: false });
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr + missing.stdout).toContain(INSTALL_PEERS);
    await copyPeers();

    await chmod(folder, 0o755);
    const home = join(folder, 'home');
    await mkdir(home);
    await chmod(home, 0o777);
    const node = join(folder, 'node');
    await cp(process.execPath, node);
    const serve = ['serve', '--model', `student=${exported}`, '--backend', 'onnx', '--port', '0', '--json'];
    const quick = ['--set', 'serve.drainSeconds=0'];
    const isRoot = process.getuid?.() === 0;
    const child = execa(node, [installed('bin/fsa.js'), ...serve, ...quick], {
      cwd: folder,
      // As in the image: no Python to be found, nothing of this user's.
      env: { PATH: '/nonexistent', HOME: home },
      extendEnv: false,
      reject: false,
      ...(isRoot ? { uid: 10001, gid: 10001 } : {}),
    });
    const url = await new Promise<string>((done, fail) => {
      child.stdout.once('data', (line: Buffer) => done((JSON.parse(line.toString()) as { url: string }).url));
      void child.then(({ stderr }) => fail(new Error(stderr)));
    });
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    const answer = await fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ texts: ['Good food.'] }),
    });
    expect(await answer.json()).toMatchObject({ model: 'student', predictions: [{ truncated: false }] });
    child.kill('SIGTERM');
    expect((await child).exitCode).toBe(0);
  });
});

it('the examples count aspects of a file and answer over HTTP, without Python', async () => {
  const reviews = join(folder, 'reviews.txt');
  await writeFile(reviews, 'Good food.\n\nBad service.\n');
  const env = { PATH: '/nonexistent' };
  const batch = await execa(process.execPath, [join(ROOT, 'examples/batch.mjs'), exported, reviews], { env });
  expect(batch.exitCode).toBe(0);
  const service = execa(process.execPath, [join(ROOT, 'examples/service.mjs'), exported, '0'], { env });
  const url = await new Promise<string>((done) => {
    service.stdout.once('data', (line: Buffer) => done(line.toString().trim()));
  });
  const answer = await fetch(`${url}/aspects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reviews: ['Good food.', 'Bad service.'] }),
  });
  expect(await answer.json()).toHaveLength(2);
  service.kill('SIGTERM');
  expect((await service).exitCode).toBe(0);
});

async function compilerIsThere(): Promise<boolean> {
  return (await execa('which', ['g++'], { reject: false })).exitCode === 0;
}

/** As Dockerfile.serve does: this system's libraries alone, not the half gigabyte of all of them. */
async function copyPeers(): Promise<void> {
  const modules = join(ROOT, 'node_modules');
  const { platform, arch } = process;
  for (const name of ['onnxruntime-node', 'onnxruntime-common', 'tokenizers', 'global-agent', 'adm-zip']) {
    await cp(join(modules, name), join(folder, 'node_modules', name), {
      recursive: true,
      dereference: true,
      filter: (path) => {
        const library = /napi-v6\/([^/]+)\/([^/]+)/.exec(path);
        if (library !== null) return library[1] === platform && library[2] === arch;
        return !path.endsWith('.node') || path.includes(`${platform}-${arch}`);
      },
    });
  }
}

it.each(['Dockerfile', 'Dockerfile.serve'])('%s passes hadolint, and copies what is there', async (name) => {
  const bin = await toolsBin(resolve(import.meta.dirname, '../fixtures/docker/requirements.txt'));
  const { stdout, exitCode } = await execa(join(bin, 'hadolint'), [join(ROOT, name)], { reject: false });
  expect(stdout).toBe('');
  expect(exitCode).toBe(0);
  const { stdout: text } = await execa('cat', [join(ROOT, name)]);
  const copies = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
    names.split(' '),
  );
  expect(copies.length).toBeGreaterThan(2);
  for (const source of copies) await stat(join(ROOT, source));
});
