/** What cannot give a number is refused before any training, wherever it is asked from. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { fsa, parseLines, ROOT } from '../helpers/cli.js';
import { SAMPLE_STUDENT } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

it('stops before training where the tokenizer can write no gold term, and names the first', async () => {
  const folder = join(await temporaryFolder(), 'atsa', 'zh');
  await mkdir(folder, { recursive: true });
  const aspects = [{ target: '屏幕', polarity: 'positive', from: 0, to: 2 }];
  for (const name of ['train', 'dev', 'test'])
    await writeFile(
      join(folder, `${name}.json`),
      JSON.stringify([{ ID: '0', sentence: '屏幕很好', aspects }]),
    );
  const words = ['eval', '--json', '--model', `s=${SAMPLE_STUDENT}`, '--dataset', folder, '--epochs', '1'];
  const { exitCode, stdout } = await fsa([...words, '--output', join(folder, 'run')]);
  const events = parseLines(stdout);
  expect(events.map(({ type }) => type)).not.toContain('job-started');
  expect(events.at(-1)).toMatchObject({ type: 'error', code: 'DATA' });
  expect(JSON.stringify(events.at(-1))).toMatch(/No gold target of atsa\/zh.*屏幕/);
  expect(exitCode).toBe(2);
}, 120_000);

it.skipIf(!isRoot).each(['setup', 'eval --model s=nowhere --dataset atsa/rest14'])(
  'says which variables to set where the user has no home: fsa %s',
  async (words) => {
    const bin = join(ROOT, 'bin/fsa.js');
    const nobody = ['--reuid', '41234', '--regid', '41234', '--clear-groups', process.execPath, bin];
    const { exitCode, stderr } = await execa('setpriv', [...nobody, ...words.split(' ')], {
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      extendEnv: false,
      reject: false,
    });
    expect(stderr).toMatch(/no home folder: HOME is not set\.\nSet HOME, or FSA_CACHE/);
    expect(exitCode).toBe(2);
  },
);

it('refuses to start workers in a thread, with what to do instead', async () => {
  const program = `
    import('${join(ROOT, 'dist/index.js')}')
      .then(({ evaluate }) => evaluate({ preset: 'sample', config: { eval: { models: { s: 'x' } } } }))
      .catch(({ code, advice }) => require('node:worker_threads').parentPort.postMessage({ code, advice }));`;
  const thread = new Worker(program, { eval: true });
  const said = await new Promise((resolve) => thread.once('message', resolve));
  expect(said).toMatchObject({ code: 'USAGE', advice: expect.stringContaining('child process') as string });
  await thread.terminate();
});

it('measures a model that is not trained even so, and says that it can write no gold', async () => {
  const folder = join(await temporaryFolder(), 'atsa', 'zh');
  await mkdir(folder, { recursive: true });
  const aspects = [{ target: '屏幕', polarity: 'positive', from: 0, to: 2 }];
  for (const name of ['train', 'dev', 'test'])
    await writeFile(
      join(folder, `${name}.json`),
      JSON.stringify([{ ID: '0', sentence: '屏幕很好', aspects }]),
    );
  const words = ['eval', '--json', '--model', `s=${SAMPLE_STUDENT}`, '--dataset', folder, '--epochs', '0'];
  const { exitCode, stdout } = await fsa([...words, '--output', join(folder, 'run')]);
  const warned = parseLines(stdout).filter(({ type }) => type === 'warning');
  expect(JSON.stringify(warned)).toMatch(/1 of 1 test targets cannot be written.*F1 cannot pass 0\.00/);
  expect(exitCode).toBe(0);
}, 120_000);

it.skipIf(process.platform !== 'linux').each([['score', '--json'], ['--help']])(
  'says that the address space is too small before V8 aborts: fsa %s',
  async (...words) => {
    const limited = 'ulimit -v 1500000; exec "$@"';
    const { exitCode, all } = await execa(
      'sh',
      ['-c', limited, 'sh', process.execPath, join(ROOT, 'bin/fsa.js'), ...words],
      { all: true, reject: false },
    );
    expect(all).toMatch(/may map 1464 MiB of memory, and needs 2 GiB.*ulimit -v/s);
    expect(exitCode).toBe(2);
  },
);

it.each([
  ['not built yet', [], /not built yet.*npm install && npm run build/s],
  ['without its packages', ['dist'], /The package [\w@/-]+, which fsa needs, is not installed.*npm install/s],
])('says in a fresh clone what to run: %s', async (_, made, sentence) => {
  const clone = await temporaryFolder();
  for (const name of ['package.json', 'bin', ...made]) {
    await cp(join(ROOT, name), join(clone, name), { recursive: true });
  }
  const { exitCode, stderr } = await execa(process.execPath, [join(clone, 'bin/fsa.js'), 'doctor'], {
    reject: false,
  });
  expect(stderr).toMatch(sentence);
  expect(stderr).toContain(clone);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(exitCode).toBe(2);
});
