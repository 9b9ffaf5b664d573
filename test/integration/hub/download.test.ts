import { lstat, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInCache } from '../../../src/hub/cache/find.js';
import { judgeModel } from '../../../src/pipelines/sources/judge-model.js';
import { resolveModel } from '../../../src/pipelines/sources/model.js';
import { COMMIT_A, COMMIT_B, type ServedRepository } from '../../fixtures/hub-server.js';
import { gitSha1, sha256 } from '../../fixtures/hub-faults.js';
import { makeBytes, openHubHome, type HubHome } from './hub-home.js';

const weights = makeBytes(700_000);
const config = Buffer.from('{"model_type":"t5"}');
const files = {
  '.gitattributes': Buffer.from('*.safetensors filter=lfs\n'),
  'README.md': Buffer.from('# a model\n'),
  'config.json': config,
  'model.safetensors': weights,
  'pytorch_model.bin': makeBytes(1000, 2),
  'tokenizer.json': Buffer.from('{}'),
  'onnx/model.safetensors': makeBytes(1000, 3),
};
const model = (extra: Partial<ServedRepository> = {}): ServedRepository => ({
  kind: 'model',
  id: 'someone/student',
  branches: { main: COMMIT_A },
  commits: { [COMMIT_A]: files },
  largeFrom: 100_000,
  ...extra,
});
const blobs = 'hub/models--someone--student/blobs';
const snapshot = `hub/models--someone--student/snapshots/${COMMIT_A}`;

let home: HubHome;
beforeEach(async () => {
  home = await openHubHome();
});
afterEach(async () => {
  await home.close();
});

describe('a download of a model', () => {
  it('brings what training needs into the layout of the hub, as relative links to blobs', async () => {
    home.hub.repositories.push(model());
    const summary = await home.get({ what: 'model', repo: 'someone/student' });
    expect(summary.items[0]?.commit).toBe(COMMIT_A);
    expect(summary.items[0]?.folder).toBe(join(home.folder, snapshot));
    expect((await readdir(join(home.folder, snapshot))).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
    expect((await home.read(`${snapshot}/model.safetensors`)).equals(weights)).toBe(true);
    expect(await readlink(join(home.folder, snapshot, 'config.json'))).toBe(`../../blobs/${gitSha1(config)}`);
    expect((await readdir(join(home.folder, blobs))).sort()).toEqual(
      [sha256(weights), gitSha1(config), gitSha1(Buffer.from('{}'))].sort(),
    );
    expect((await home.read('hub/models--someone--student/refs/main')).toString()).toBe(COMMIT_A);
    expect(summary.bytesFetched).toBe(weights.length + config.length + 2);
  });

  it('brings an mT5 by the pull request that holds it as safetensors, spiece.model with it', async () => {
    const sample = resolve(import.meta.dirname, '../../../models/sample');
    const published = {
      'config.json': Buffer.from(
        (await readFile(join(sample, 'config.json'), 'utf8')).replace('"t5"', '"mt5"'),
      ),
      'spiece.model': Buffer.from('pieces'),
      'tokenizer_config.json': Buffer.from('{"extra_ids":0}'),
      'special_tokens_map.json': Buffer.from('{}'),
      'flax_model.msgpack': makeBytes(100),
    };
    const commits = {
      [COMMIT_A]: { ...published, 'pytorch_model.bin': makeBytes(1000) },
      [COMMIT_B]: { ...published, 'model.safetensors': await readFile(join(sample, 'model.safetensors')) },
    };
    const id = 'google/mt5-small';
    home.hub.repositories.push(model({ id, branches: { main: COMMIT_A, 'refs/pr/4': COMMIT_B }, commits }));
    await home.get({ what: 'model', repo: id });
    const warnings = home.events.filter(({ type }) => type === 'warning');
    expect(JSON.stringify(warnings)).toContain('--revision refs/pr/');
    const { items } = await home.get({ what: 'model', repo: id, revision: 'refs/pr/4' });
    const folder = items[0]?.folder ?? '';
    expect((await readdir(folder)).sort()).toEqual(
      [
        'config.json',
        'model.safetensors',
        'special_tokens_map.json',
        'spiece.model',
        'tokenizer_config.json',
      ].sort(),
    );
    await judgeModel(await resolveModel(folder, '/'), { resizes: false });
  });

  it('fetches a large file in parts, several at once, from the place the hub redirects to', async () => {
    home.hub.repositories.push(model());
    await home.get({ what: 'model', repo: 'someone/student' });
    const ranges = home.hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);
    expect(ranges.sort()).toEqual([
      'bytes=0-131071',
      'bytes=131072-262143',
      'bytes=262144-393215',
      'bytes=393216-524287',
      'bytes=524288-699999',
    ]);
  });

  it('fetches nothing again that is there, and asks for no listing of a known commit', async () => {
    home.hub.repositories.push(model());
    await home.get({ what: 'model', repo: 'someone/student' });
    home.hub.requests.length = 0;
    const summary = await home.get({ what: 'model', repo: 'someone/student' });
    expect(summary.bytesFetched).toBe(0);
    expect(summary.bytesThere).toBe(summary.bytes);
    expect(home.hub.requests.map(({ path }) => path)).toEqual(['/api/models/someone/student/revision/main']);
  });

  it('finds a byte that rotted on the disk and fetches that file again', async () => {
    home.hub.repositories.push(model());
    await home.get({ what: 'model', repo: 'someone/student' });
    const rotten = Buffer.from(weights);
    rotten[5]! ^= 1;
    await writeFile(join(home.folder, blobs, sha256(weights)), rotten);
    const summary = await home.get({ what: 'model', repo: 'someone/student' });
    expect(summary.bytesFetched).toBe(weights.length);
    expect((await home.read(`${snapshot}/model.safetensors`)).equals(weights)).toBe(true);
    expect(home.events.some((event) => event.type === 'warning' && /wrong bytes/.test(event.message))).toBe(
      true,
    );
  });

  it('fetches everything again with force', async () => {
    home.hub.repositories.push(model());
    await home.get({ what: 'model', repo: 'someone/student' });
    const summary = await home.get({ what: 'model', repo: 'someone/student', force: true });
    expect(summary.bytesFetched).toBe(summary.bytes);
  });

  it('says on a dry run what it would do, and writes nothing', async () => {
    home.hub.repositories.push(model());
    const summary = await home.get({ what: 'model', repo: 'someone/student', dryRun: true });
    expect(summary.items[0]?.files).toEqual([
      { path: 'config.json', bytes: config.length, isThere: false },
      { path: 'model.safetensors', bytes: weights.length, isThere: false },
      { path: 'tokenizer.json', bytes: 2, isThere: false },
    ]);
    expect(summary.items[0]?.freeBytes).toBeGreaterThan(0);
    expect(await readdir(home.folder)).toEqual([]);
    expect(home.events.filter(({ type }) => type === 'download-planned')).toHaveLength(1);
  });

  it('keeps to the commit that the branch pointed to when it began', async () => {
    const repository = model({
      commits: { [COMMIT_A]: files, [COMMIT_B]: { ...files, 'config.json': Buffer.from('{"other":1}') } },
    });
    home.hub.repositories.push(repository);
    home.hub.fault = ({ path }) => {
      if (path.includes('/tree/')) repository.branches = { main: COMMIT_B };
      return null;
    };
    const summary = await home.get({ what: 'model', repo: 'someone/student' });
    expect(summary.items[0]?.commit).toBe(COMMIT_A);
    expect(await home.read(`${snapshot}/config.json`)).toEqual(config);
    home.hub.fault = () => null;
    const next = await home.get({ what: 'model', repo: 'someone/student' });
    expect(next.items[0]?.commit).toBe(COMMIT_B);
    // Only what changed.
    expect(next.bytesFetched).toBe('{"other":1}'.length);
  });

  it('takes shards when there is no single file of weights, and a pickle only when there is nothing else', async () => {
    const shards = {
      'config.json': config,
      'model-00001-of-00002.safetensors': makeBytes(10),
      'model-00002-of-00002.safetensors': makeBytes(11),
      'model.safetensors.index.json': Buffer.from('{"weight_map":{}}'),
      'pytorch_model.bin': makeBytes(5),
    };
    const pickle = { 'config.json': config, 'pytorch_model.bin': makeBytes(5), 'tf_model.h5': makeBytes(6) };
    home.hub.repositories.push(
      model({ id: 'someone/sharded', commits: { [COMMIT_A]: shards } }),
      model({ id: 'someone/old', commits: { [COMMIT_A]: pickle } }),
    );
    const first = await home.get({ what: 'model', repo: 'someone/sharded', dryRun: true });
    expect(first.items[0]?.files.map(({ path }) => path)).not.toContain('pytorch_model.bin');
    expect(first.items[0]?.files).toHaveLength(4);
    const second = await home.get({ what: 'model', repo: 'someone/old', dryRun: true });
    expect(second.items[0]?.files.map(({ path }) => path)).toEqual(['config.json', 'pytorch_model.bin']);
    expect(home.events.some((event) => event.type === 'warning' && /pickles/.test(event.message))).toBe(true);
  });

  it('reads a listing that comes in many pages', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1201 }, (_, index) => [`part/${index}.json`, Buffer.from(`[${index}]`)]),
    );
    home.hub.pageSize = 100;
    home.hub.repositories.push({ ...model(), kind: 'dataset', commits: { [COMMIT_A]: many } });
    const summary = await home.get({ what: 'corpus', repo: 'someone/student', dryRun: true });
    expect(summary.files).toBe(1201);
    expect(home.hub.requests.filter(({ path }) => path.includes('/tree/'))).toHaveLength(13);
  });

  it('tells one progress over all files, up to the end', async () => {
    home.hub.repositories.push(model());
    await home.get({ what: 'model', repo: 'someone/student' }, { progressMs: 0 });
    const progress = home.events.filter((event) => event.type === 'download-progress');
    expect(progress.length).toBeGreaterThan(5);
    expect(new Set(progress.map(({ bytesTotal }) => bytesTotal)).size).toBe(1);
    expect(progress.at(-1)?.bytesDone).toBe(progress.at(-1)?.bytesTotal);
    expect(progress.map(({ bytesDone }) => bytesDone)).toEqual(
      progress.map(({ bytesDone }) => bytesDone).sort((a, b) => a - b),
    );
    expect(home.events.at(-1)?.type).toBe('download-finished');
  });
});

describe('a download of a corpus', () => {
  const rows = Buffer.from('{"ID":1}\r\n');
  const corpus = (): ServedRepository => ({
    ...model(),
    kind: 'dataset',
    id: 'someone/corpus',
    commits: {
      [COMMIT_A]: {
        'README.md': config,
        'rewrite/v0.json': rows,
        'rewrite/v1.json': Buffer.from('{"ID":2}\n'),
      },
    },
  });

  it('puts plain files where the configuration looks for them, and leaves the cache intact when they are deleted', async () => {
    home.hub.repositories.push(corpus());
    const summary = await home.get({ what: 'corpus', repo: 'someone/corpus' });
    expect(summary.items[0]?.folder).toBe(join(home.folder, 'datasets/corpus'));
    const placed = join(home.folder, 'datasets/corpus/rewrite/v0.json');
    expect(await readFile(placed)).toEqual(rows);
    expect((await lstat(placed)).isSymbolicLink()).toBe(false);
    expect(await readdir(join(home.folder, 'datasets/corpus'))).toEqual(['rewrite']);
    const again = await home.get({ what: 'corpus', repo: 'someone/corpus' });
    expect(again.bytesFetched).toBe(0);
  });

  it('never replaces a file of the user unless it is told to', async () => {
    home.hub.repositories.push(corpus());
    const own = join(home.folder, 'mine/rewrite/v0.json');
    await mkdir(join(home.folder, 'mine/rewrite'), { recursive: true });
    await writeFile(own, 'my own rows');
    const error = await home.fail({ what: 'corpus', repo: 'someone/corpus', to: 'mine' });
    expect(error.code).toBe('DATA');
    expect(error.describe()).toContain('rewrite/v0.json differs');
    expect(await readFile(own, 'utf8')).toBe('my own rows');
    expect(await readdir(join(home.folder, 'mine/rewrite'))).toEqual(['v0.json']);
    await home.get({ what: 'corpus', repo: 'someone/corpus', to: 'mine', force: true });
    expect(await readFile(own)).toEqual(rows);
  });

  it('takes what the globs say', async () => {
    home.hub.repositories.push(corpus());
    const options = { what: 'corpus', repo: 'someone/corpus', dryRun: true } as const;
    const paths = async (more: object): Promise<(string | undefined)[]> =>
      (await home.get({ ...options, ...more })).items[0]?.files.map(({ path }) => path) ?? [];
    expect(await paths({ include: ['v1.json'] })).toEqual(['rewrite/v1.json']);
    expect(await paths({ include: ['*.md'] })).toEqual(['README.md']);
    expect(await paths({ exclude: ['rewrite/v0*'] })).toEqual(['rewrite/v1.json']);
    expect((await home.fail({ ...options, include: ['*.nothing'] })).describe()).toContain('README.md');
  });

  it('counts a chosen part as whole, and a file that went missing as not', async () => {
    home.hub.repositories.push(corpus());
    await home.get({ what: 'corpus', repo: 'someone/corpus', include: ['v1.json'] });
    const folder = await findInCache('someone/corpus', 'dataset');
    expect(folder).toBe(join(home.cache, `datasets--someone--corpus/snapshots/${COMMIT_A}`));
    const blob = join(home.cache, 'datasets--someone--corpus/blobs', gitSha1(Buffer.from('{"ID":2}\n')));
    expect((await stat(blob)).isFile()).toBe(true);
    await rm(blob);
    expect(await findInCache('someone/corpus', 'dataset')).toBe(null);
  });
});

describe('without the network', () => {
  it('uses what is there, and names the command for what is not', async () => {
    home.hub.repositories.push(model());
    const options = { what: 'model', repo: 'someone/student' } as const;
    const before = await home.fail({ ...options, offline: true });
    expect(before.describe()).toContain('fsa download model --repo someone/student');
    await home.get(options);
    home.hub.requests.length = 0;
    process.env['HF_HUB_OFFLINE'] = '1';
    const summary = await home.get(options);
    expect(summary.bytesThere).toBe(summary.bytes);
    await writeFile(join(home.folder, blobs, sha256(weights)), makeBytes(weights.length, 9));
    expect((await home.fail(options)).message).toContain('the network is off');
    expect(home.hub.requests).toEqual([]);
  });
});
