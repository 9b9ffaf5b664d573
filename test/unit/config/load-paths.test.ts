/** Paths in settings: from where they are read, and how they are shown. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, type LoadOptions } from '../../../src/config/load.js';
import { loadIn } from './loading.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const load = async (yaml: string | null, options: Partial<LoadOptions> = {}) =>
  await loadIn(folder, yaml, options);

describe('paths', () => {
  it('start from the file that names them, and stay readable from the working folder', async () => {
    await mkdir(join(folder, 'project/students/tiny'), { recursive: true });
    await mkdir(join(folder, 'project/data/mine'), { recursive: true });
    await mkdir(join(folder, 'elsewhere'));
    await writeFile(
      join(folder, 'project/fsa.yaml'),
      [
        'model: students/tiny',
        'distill: { corpus: [corpus/**/*.json, /abs/x.json], validation: ../held-out.json }',
        'eval: { models: { base: google-t5/t5-base, next: ./not-yet }, datasets: [atsa/rest14, data/mine] }',
      ].join('\n'),
    );
    const from = async (cwd: string) =>
      (await loadConfig({ preset: 'paper', cwd, file: join(folder, 'project/fsa.yaml') })).config;

    const outside = await from(folder);
    expect(outside.model).toBe('project/students/tiny');
    expect(outside.distill.corpus).toEqual(['project/corpus/**/*.json', '/abs/x.json']);
    expect(outside.distill.validation).toBe('held-out.json');
    expect(outside.eval.models).toEqual({ base: 'google-t5/t5-base', next: 'project/not-yet' });
    expect(outside.eval.datasets).toEqual(['atsa/rest14', 'project/data/mine']);

    const beside = await from(join(folder, 'elsewhere'));
    expect(beside.model).toBe(join(folder, 'project/students/tiny'));
    expect(beside.distill.validation).toBe(join(folder, 'held-out.json'));
    expect((await from(join(folder, 'project'))).model).toBe('students/tiny');
  });

  it('on the command line start from the working folder', async () => {
    const { config } = await load(null, { sets: ['distill.corpus=[a.json]'], overrides: { model: './m' } });
    expect(config.distill.corpus).toEqual(['a.json']);
    expect(config.model).toBe('./m');
  });

  it('of the sample preset lead to the package from anywhere', async () => {
    const { config } = await load(null, { preset: 'sample' });
    expect(config.distill.corpus).toEqual([join(import.meta.dirname, '../../../datasets/sample/corpus')]);
  });
});
