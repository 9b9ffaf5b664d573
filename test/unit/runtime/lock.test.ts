import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitLock } from '../../../src/runtime/create.js';
import { judgeSpaceForRuntime } from '../../../src/runtime/disk-space.js';
import { DEV_LOCK_PATH, hashLock, LOCK_PATH } from '../../../src/runtime/locate.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

interface Pin {
  readonly name: string;
  readonly requirement: string;
  readonly hashes: readonly string[];
}

async function readPins(path: string): Promise<Pin[]> {
  const text = (await readFile(path, 'utf8')).replaceAll('\\\n', ' ');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [requirement = ''] = line.split(/\s+--hash=/);
      return {
        name: requirement.split('==')[0] ?? '',
        requirement,
        hashes: line.match(/--hash=sha256:[0-9a-f]{64}/g) ?? [],
      };
    });
}

describe.each([
  ['requirements.lock', LOCK_PATH],
  ['requirements-dev.lock', DEV_LOCK_PATH],
])('%s', (_, path) => {
  it('pins every package exactly, with hashes for all but torch', async () => {
    const pins = await readPins(path);
    expect(pins.length).toBeGreaterThan(5);
    for (const { name, requirement, hashes } of pins) {
      expect(requirement).toMatch(/^[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?$/);
      expect(hashes.length > 0, name).toBe(name !== 'torch');
    }
  });

  it('leaves out what only one build of torch brings', async () => {
    const names = (await readPins(path)).map(({ name }) => name);
    expect(names.filter((name) => /^(nvidia|cuda|triton)/.test(name))).toEqual([]);
  });
});

describe('the two locks', () => {
  it('never pin the same package twice', async () => {
    const main = new Set((await readPins(LOCK_PATH)).map(({ name }) => name));
    expect((await readPins(DEV_LOCK_PATH)).filter(({ name }) => main.has(name))).toEqual([]);
  });

  it('pin the versions that the results were measured with', async () => {
    const pins = (await readPins(LOCK_PATH)).map(({ requirement }) => requirement);
    expect(pins).toContain('torch==2.13.0');
    expect(pins).toContain("transformers==5.23.0 ; python_full_version >= '3.11'");
  });
});

it('splits torch from what has hashes', () => {
  const text =
    'numpy==2.4 \\\n    --hash=sha256:aa\r\ntorch==2.13.0\r\ntorchlike==1 \\\n    --hash=sha256:bb\n';
  expect(splitLock(text)).toEqual({
    torch: 'torch==2.13.0',
    hashed: 'numpy==2.4 \\\n    --hash=sha256:aa\ntorchlike==1 \\\n    --hash=sha256:bb\n',
  });
  expect(splitLock('numpy==2.4\n').torch).toBeNull();
});

it('hashes a lock the same with the line ends of any system', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'unix'), 'a==1\nb==2\n');
  await writeFile(join(folder, 'windows'), 'a==1\r\nb==2\r\n');
  expect(await hashLock(join(folder, 'windows'))).toBe(await hashLock(join(folder, 'unix')));
  await expect(hashLock(join(folder, 'none'))).rejects.toThrow('lock file of the Python runtime is missing');
});

it('asks for room before a setup: none fits, the small one fits, all fit', () => {
  const gib = 1024 ** 3;
  expect(() => judgeSpaceForRuntime('/cache', 1.5 * gib)).toThrow('needs 2.0 GiB and only 1.5 GiB are free');
  expect(judgeSpaceForRuntime('/cache', 5 * gib)).toContain('Only 5.0 GiB are free');
  expect(judgeSpaceForRuntime('/cache', 50 * gib)).toBeNull();
});
