import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findCorpus } from '../../../src/pipelines/sources/corpus.js';
import { findModelFolder, resolveModel } from '../../../src/pipelines/sources/model.js';
import { makeEval } from '../report/example.js';
import { errorOf, makeFolder } from '../../integration/data/folder.js';

const COMMIT = 'a'.repeat(40);

/** A hub's cache with one snapshot of a repository, and an empty working folder beside it. */
async function withCache(repository: string, files: Record<string, string>): Promise<string> {
  const folder = await makeFolder();
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'cache'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const path = join(folder, 'cache', repository);
  for (const [name, text] of Object.entries({ 'refs/main': COMMIT, ...files })) {
    const file = join(path, name.replace('@', `snapshots/${COMMIT}`));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return folder;
}

it('a run without a model says what its own kind should do next', async () => {
  const folder = await makeFolder();
  const { file } = makeEval();
  const adviceFor = async (kind: string): Promise<string> => {
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...file, kind }));
    const error = await errorOf(findModelFolder(folder, '.'));
    expect(error.code).toBe('CONFIG');
    return error.advice ?? '';
  };
  expect(await adviceFor('distill')).toContain('`fsa distill`');
  expect(await adviceFor('eval')).toContain('--keep-models');
  expect(await adviceFor('teach')).toMatch(/^Name a run/);
});

describe('findCorpus', () => {
  it('finds a dataset repository that was brought, unless a path has its name', async () => {
    const cwd = await withCache('datasets--some--reviews', { '@/v0.json': '{}\n', '@/README.md': '' });
    const snapshot = join(cwd, 'cache/datasets--some--reviews/snapshots', COMMIT);
    expect(await findCorpus(['some/reviews'], cwd)).toEqual([join(snapshot, 'v0.json')]);
    await mkdir(join(cwd, 'some/reviews'), { recursive: true });
    await writeFile(join(cwd, 'some/reviews/own.jsonl'), '{}\n');
    expect(await findCorpus(['some/reviews'], cwd)).toEqual([join(cwd, 'some/reviews/own.jsonl')]);
  });

  it('names the command that brings what is not there', async () => {
    const cwd = await withCache('datasets--some--reviews', {});
    const error = await errorOf(findCorpus(['other/reviews'], cwd));
    expect([error.code, error.message]).toEqual(['DATA', 'No corpus file was found for other/reviews.']);
    expect(error.advice).toContain('fsa download corpus');
  });
});

describe('resolveModel', () => {
  const model = { '@/config.json': '{}', '@/tokenizer.json': '{}' };

  it('never takes a pickle for weights, and says so in one sentence', async () => {
    const cwd = await withCache('models--some--student', { ...model, '@/pytorch_model.bin': 'x' });
    const error = await errorOf(resolveModel('some/student', cwd));
    expect([error.code, error.message]).toEqual([
      'CONFIG',
      'The model some/student has its weights as a pickle only, which is never opened.',
    ]);
    expect(error.where).toMatch(/pytorch_model\.bin$/);
    expect(error.advice).toContain('safetensors');
    // Its tokenizer may be used all the same.
    expect(await findModelFolder('some/student', cwd)).toBe(dirname(error.where ?? ''));
  });

  it('finds safetensors, and misses them in a folder without', async () => {
    const cwd = await withCache('models--some--student', { ...model, '@/model.safetensors': '12345' });
    expect(await resolveModel('some/student', cwd)).toMatchObject({ weightBytes: 5 });
    await mkdir(join(cwd, 'bare'));
    await writeFile(join(cwd, 'bare/config.json'), '{}');
    const error = await errorOf(resolveModel('bare', cwd));
    expect([error.code, error.message]).toEqual([
      'CONFIG',
      'The model bare has no weights: model.safetensors is missing.',
    ]);
  });

  it('names the command for a model that was not brought', async () => {
    const cwd = await withCache('models--some--student', {});
    const error = await errorOf(resolveModel('other/student', cwd));
    expect([error.code, error.advice]).toEqual(['CONFIG', 'Run `fsa download model --repo other/student`.']);
  });
});
