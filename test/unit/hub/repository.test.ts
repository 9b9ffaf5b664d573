import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  cacheFolderName,
  checkRepository,
  checkRevision,
  downloadCommand,
  fileUrl,
} from '../../../src/hub/api/repository.js';
import { readHubSettings } from '../../../src/hub/api/settings.js';

describe('the name of a repository', () => {
  it.each(['google-t5/t5-base', 't5-base', 'a/b.c_d-e'])('may be %s', (id) =>
    expect(checkRepository('model', id).id).toBe(id),
  );
  it.each(['', '/a', 'a/', 'a/b/c', '../a', 'a/..', 'a--b/c', 'a/b.git', 'a/b?x', 'a b/c', 'a/b.', '-a/b'])(
    'may not be %j',
    (id) => expect(() => checkRepository('model', id)).toThrow(/not the name of a repository/),
  );
  it('gives the folder that every client uses', () => {
    expect(cacheFolderName({ kind: 'dataset', id: 'a/b' })).toBe('datasets--a--b');
    expect(cacheFolderName({ kind: 'model', id: 't5-base' })).toBe('models--t5-base');
  });
  it('gives addresses with every odd character escaped', () => {
    const repository = { kind: 'dataset', id: 'a/b' } as const;
    expect(fileUrl('https://h', repository, 'c', 'x y/z#1.json')).toBe(
      'https://h/datasets/a/b/resolve/c/x%20y/z%231.json',
    );
  });
  it('gives the command that downloads it', () => {
    expect(downloadCommand({ kind: 'dataset', id: 'a/b' }, 'v1')).toBe(
      'fsa download corpus --repo a/b --revision v1',
    );
  });
  it.each(['../x', '', 'a\0'])('has no revision %j', (revision) =>
    expect(() => checkRevision(revision)).toThrow(/cannot be a revision/),
  );
});

describe('the settings', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('are the same that Python reads', () => {
    for (const name of ['HF_HUB_CACHE', 'HF_TOKEN', 'HF_ENDPOINT', 'HF_HUB_OFFLINE']) vi.stubEnv(name, '');
    vi.stubEnv('HF_HOME', '/somewhere');
    expect(readHubSettings()).toMatchObject({
      endpoint: 'https://huggingface.co',
      cacheFolder: '/somewhere/hub',
      offline: false,
      token: null,
    });
    vi.stubEnv('HF_HUB_CACHE', '/elsewhere');
    vi.stubEnv('HF_ENDPOINT', 'https://mirror.example/hf/');
    vi.stubEnv('HF_HUB_OFFLINE', 'ON');
    expect(readHubSettings()).toMatchObject({
      endpoint: 'https://mirror.example/hf',
      cacheFolder: '/elsewhere',
      offline: true,
    });
  });

  it.each(['mirror', 'ftp://x', 'https://user:secretword@x'])('refuse the address %j', (address) => {
    vi.stubEnv('HF_ENDPOINT', address);
    expect(() => readHubSettings()).toThrow(/HF_ENDPOINT is not an address/);
    try {
      readHubSettings();
    } catch (error) {
      expect(String((error as Error).stack)).not.toContain('secretword');
    }
  });
});
