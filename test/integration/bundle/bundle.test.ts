/** What `npm run build` makes of the sources, and that it works wherever it lies. */
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { ROOT } from '../../helpers/cli.js';
import { loadingOf } from '../../helpers/loaded-packages.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

/** A copy of some of this package as another project has it installed. */
async function copyOf(...names: string[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'node_modules', 'fsa-distill');
  await mkdir(folder, { recursive: true });
  for (const name of ['package.json', ...names])
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

it('finds from a copy what the package brings: version, presets, schema, runtime, demonstrations', async () => {
  const brought = ['py_runtime/requirements.lock', 'schema', 'datasets/demonstrations', 'datasets/sample'];
  const copy = await copyOf('bin', 'dist', ...brought);
  const project = join(copy, '../..');
  const cache = join(project, 'cache');
  const fsa = async (...words: string[]): Promise<string> => {
    const program = join(copy, 'bin/fsa.js');
    const env = { FSA_CACHE: cache, PATH: '/nonexistent' };
    const { all } = await execa(process.execPath, [program, ...words], {
      cwd: project,
      env,
      all: true,
      reject: false,
    });
    return all;
  };
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(await fsa('--version')).toBe(version);
  expect(await fsa('config', 'show', '--preset', 'sample')).toContain(
    'node_modules/fsa-distill/datasets/sample',
  );
  await fsa('init', '--yes');
  expect(await readFile(join(project, 'fsa.yaml'), 'utf8')).toContain('fsa-distill/schema/fsa.schema.json');
  const doctor = await fsa('doctor');
  expect(doctor).toContain('ok   lock: requirements.lock');
  expect(doctor).toContain('runtime is not there yet');
  await writeFile(join(project, 'reviews.txt'), 'Good food.\n');
  const words = ['--reviews', 'reviews.txt', '--domain', 'cars', '--teacher', 'openai:gpt-4o', '--dry-run'];
  expect(await fsa('teach', ...words)).toContain(join(copy, 'datasets/demonstrations/template.jsonl'));
});

it('loads a handful of files for the help', async () => {
  const { stdout, packages, files } = await loadingOf(['bin/fsa.js', '--help']);
  expect(stdout).toContain('Usage: fsa');
  expect([...packages]).toEqual(['commander']);
  expect(files).toBeLessThanOrEqual(8);
});

it('keeps what running processes may load until the next build, and nothing else of an older one', async () => {
  const copy = await copyOf('src', 'scripts');
  const build = async (...words: string[]): Promise<string[]> => {
    await execa(process.execPath, ['scripts/bundle.mjs', ...words], { cwd: copy });
    return await readdir(join(copy, 'dist/chunks'));
  };
  const change = async (): Promise<void> =>
    await appendFile(
      join(copy, 'src/cli/interrupts.ts'),
      `\nexport const ADDED = () => process.exit(${++changes});\nADDED.valueOf();\n`,
    );
  let changes = 0;
  const first = await build();
  const stale = ['dist/server/serve.js', 'dist/gone.d.ts'].map((name) => join(copy, name));
  for (const path of stale) await mkdir(join(path, '..'), { recursive: true });
  for (const path of stale) await writeFile(path, '');
  await change();
  const second = await build();
  expect(stale.filter((path) => existsSync(path))).toEqual([]);
  expect(second).toEqual(expect.arrayContaining(first));
  expect(second.length).toBeGreaterThan(first.length);
  const third = await build('--clean');
  expect(third.length).toBe(first.length);
  expect(third).not.toEqual(first);
  const { stdout } = await execa(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      "console.log(Object.keys(await import('./dist/index.js')).includes('evaluate'))",
    ],
    { cwd: copy },
  );
  expect(stdout).toBe('true');
  const licences = await readFile(join(copy, 'dist/LICENSES.txt'), 'utf8');
  for (const name of ['commander', 'zod']) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
});
