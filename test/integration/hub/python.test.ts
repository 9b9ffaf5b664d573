import { execFile } from 'node:child_process';
import { mkdir, readdir, readlink, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInCache } from '../../../src/hub/cache/find.js';
import { runtimePython } from '../../helpers/python.js';
import { sha256 } from '../../fixtures/hub-faults.js';
import { COMMIT_A } from '../../fixtures/hub-server.js';
import { environmentOf, makeBytes, openHubHome, type HubHome } from './hub-home.js';

const weights = makeBytes(300_000);
const files = {
  'config.json': Buffer.from('{"model_type":"t5"}'),
  'model.safetensors': weights,
  'tokenizer.json': Buffer.from('{}'),
};
const snapshot = `models--someone--student/snapshots/${COMMIT_A}`;

let home: HubHome;
beforeEach(async () => {
  home = await openHubHome();
  home.hub.repositories.push({
    kind: 'model',
    id: 'someone/student',
    branches: { main: COMMIT_A },
    commits: { [COMMIT_A]: files },
    largeFrom: 100_000,
  });
});
afterEach(async () => {
  await home.close();
});

/** Runs Python with the pinned huggingface_hub; returns what it prints. */
async function python(code: string, extra: Record<string, string> = {}): Promise<string> {
  const env = { ...process.env, ...environmentOf(home.hub, home.folder), ...extra };
  const quiet = { HF_HUB_DISABLE_TELEMETRY: '1', HF_HUB_DISABLE_PROGRESS_BARS: '1' };
  const { stdout } = await promisify(execFile)(await runtimePython(), ['-c', code], {
    env: { ...env, ...quiet },
  });
  return stdout.trim();
}

describe('the cache shared with Python', () => {
  it('shows Python, without the network, what we brought', async () => {
    await home.get({ what: 'model', repo: 'someone/student' });
    home.hub.requests.length = 0;
    const code = `
from huggingface_hub import snapshot_download, hf_hub_download, scan_cache_dir
print(snapshot_download("someone/student"))
print(hf_hub_download("someone/student", "model.safetensors"))
report = scan_cache_dir()
print(len(report.warnings), [(r.repo_id, r.nb_files, r.size_on_disk) for r in report.repos])
`;
    const lines = (await python(code, { HF_HUB_OFFLINE: '1' })).split('\n');
    expect(lines[0]).toBe(join(home.cache, snapshot));
    expect(lines[1]).toBe(join(home.cache, snapshot, 'model.safetensors'));
    const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
    expect(lines[2]).toBe(`0 [('someone/student', 3, ${bytes})]`);
    expect(home.hub.requests).toEqual([]);
  });

  it('passes the check of every digest that Python can do', async () => {
    await home.get({ what: 'model', repo: 'someone/student' });
    const code = `
from huggingface_hub import HfApi
result = HfApi().verify_repo_checksums("someone/student")
print(result.checked_count, result.mismatches, sorted(result.missing_paths), sorted(result.extra_paths))
`;
    expect(await python(code)).toBe('3 [] [] []');
  });

  it('gives us what Python brought, without fetching it again', async () => {
    await python('from huggingface_hub import snapshot_download; snapshot_download("someone/student")');
    expect(await findInCache('someone/student', 'model')).toBe(join(home.cache, snapshot));
    home.hub.requests.length = 0;
    const summary = await home.get({ what: 'model', repo: 'someone/student' });
    expect(summary.bytesFetched).toBe(0);
    expect(home.hub.requests.filter(({ host }) => host === 'cdn')).toEqual([]);
    const offline = await home.get({ what: 'model', repo: 'someone/student', offline: true });
    expect(offline.bytesThere).toBe(offline.bytes);
  });

  it('is completed by us where Python brought one file, and by Python where we brought some', async () => {
    await python(
      'from huggingface_hub import hf_hub_download; hf_hub_download("someone/student", "config.json")',
    );
    expect(await findInCache('someone/student', 'model')).toBe(null);
    const summary = await home.get({ what: 'model', repo: 'someone/student', include: ['tokenizer.json'] });
    expect(summary.bytesFetched).toBe(2);
    expect(await findInCache('someone/student', 'model')).toBe(null);
    await python('from huggingface_hub import snapshot_download; snapshot_download("someone/student")');
    expect(await findInCache('someone/student', 'model')).toBe(join(home.cache, snapshot));
  });

  it('works where blobs are links into the store that version 2 shares between repositories', async () => {
    await home.get({ what: 'model', repo: 'someone/student' });
    const blob = join(home.cache, 'models--someone--student/blobs', sha256(weights));
    await mkdir(join(home.cache, 'blobs/ab'), { recursive: true });
    await rename(blob, join(home.cache, 'blobs/ab/abcd'));
    await symlink('../../blobs/ab/abcd', blob);
    expect(await findInCache('someone/student', 'model')).toBe(join(home.cache, snapshot));
    const summary = await home.get({ what: 'model', repo: 'someone/student', to: 'plain' });
    expect(summary.bytesFetched).toBe(0);
    expect(await readlink(blob)).toBe('../../blobs/ab/abcd');
    expect((await home.read('plain/model.safetensors')).equals(weights)).toBe(true);
    expect((await readdir(join(home.folder, 'plain'))).sort()).toEqual(Object.keys(files).sort());
  });

  it('works where Python kept copies instead of links', async () => {
    await python('from huggingface_hub import snapshot_download; snapshot_download("someone/student")', {
      HF_HUB_DISABLE_SYMLINKS: '1',
    });
    expect(await findInCache('someone/student', 'model')).toBe(join(home.cache, snapshot));
    const summary = await home.get({ what: 'model', repo: 'someone/student' });
    expect(summary.bytesFetched).toBe(0);
  });
});
