import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BENCHMARK } from '../../../src/hub/benchmark/manifest.js';
import { downloadBenchmark, planBenchmark } from '../../../src/hub/benchmark/benchmark.js';
import { openConnection } from '../../../src/hub/api/connection.js';
import { DEFAULT_LIMITS } from '../../../src/net/limits.js';
import { Progress } from '../../../src/hub/transfer/progress.js';
import { Gate } from '../../../src/net/concurrency.js';
import { readHubSettings } from '../../../src/hub/api/settings.js';
import { sha256 } from '../../fixtures/hub-faults.js';
import { sharedFolder, sharedPath } from '../../helpers/shared.js';
import { openHubHome, QUICK, type HubHome } from './hub-home.js';

const COMMIT = 'd'.repeat(40);
const FORK = { what: 'benchmark', repo: 'someone/fork', revision: COMMIT } as const;

let home: HubHome;
beforeEach(async () => {
  home = await openHubHome();
});
afterEach(async () => {
  await home.close();
});

/** Serves a file for every name of the benchmark. */
function serve(repository: string, commit: string, content: (path: string) => Buffer): void {
  for (const { path } of BENCHMARK.files) {
    home.hub.raw.set(`/${repository}/${commit}/${BENCHMARK.folder}/${path}`, content(path));
  }
}

const rowsOf = (path: string): Buffer => Buffer.from(`\uFEFF[{"ID":"${path}"}]`);

describe('the benchmark', () => {
  it('comes file by file to where datasets are looked for, without a token', async () => {
    serve('someone/fork', COMMIT, rowsOf);
    process.env['HF_TOKEN'] = 'hf_canary';
    const summary = await home.get(FORK);
    expect(summary.items[0]?.folder).toBe(join(home.folder, 'datasets/fsa-benchmark'));
    expect(summary.files).toBe(16);
    expect(await readFile(join(home.folder, 'datasets/fsa-benchmark/atsa/laptop14/dev.json'))).toEqual(
      rowsOf('atsa/laptop14/dev.json'),
    );
    expect(home.hub.requests.every(({ authorization }) => authorization === null)).toBe(true);
  });

  it('is recorded on the first download and held to it from then on', async () => {
    serve('someone/fork', COMMIT, rowsOf);
    await home.get(FORK);
    home.hub.requests.length = 0;
    const again = await home.get({ ...FORK, offline: true });
    expect(again.bytesThere).toBe(again.bytes);
    expect(home.hub.requests).toEqual([]);
    // Another folder, and a server that has changed its mind.
    serve('someone/fork', COMMIT, () => Buffer.from('[]'));
    const error = await home.fail({ ...FORK, to: 'elsewhere' });
    expect(error.code).toBe('DOWNLOAD');
    expect(error.message).toMatch(/twice with wrong bytes: sha256 is [0-9a-f]{64}, should be [0-9a-f]{64}/);
    expect(error.message).toContain(sha256('[]'));
  });

  it('never replaces a file that was edited, unless it is told to', async () => {
    serve('someone/fork', COMMIT, rowsOf);
    await home.get(FORK);
    const edited = join(home.folder, 'datasets/fsa-benchmark/acsa/rest16/test.json');
    await writeFile(edited, '["mine"]');
    expect((await home.fail(FORK)).describe()).toContain('acsa/rest16/test.json differs');
    expect(await readFile(edited, 'utf8')).toBe('["mine"]');
    await home.get({ ...FORK, force: true });
    expect(await readFile(edited)).toEqual(rowsOf('acsa/rest16/test.json'));
  });

  it('does not replace a file of the user that was there before the first download', async () => {
    serve('someone/fork', COMMIT, rowsOf);
    const own = join(home.folder, 'datasets/fsa-benchmark/acsa/rest16/test.json');
    await mkdir(dirname(own), { recursive: true });
    await writeFile(own, '["mine"]');
    expect((await home.fail(FORK)).describe()).toContain('acsa/rest16/test.json differs');
    expect(await readFile(own, 'utf8')).toBe('["mine"]');
  });

  it('takes no error page for data', async () => {
    serve('someone/fork', COMMIT, () => Buffer.from('<html>moved</html>'));
    expect((await home.fail(FORK)).message).toContain('is not a JSON array');
  });

  it('gets over a connection that breaks, and over one wrong answer', async () => {
    serve('someone/fork', COMMIT, rowsOf);
    let left = 3;
    home.hub.fault = () => (left-- > 0 ? { kind: 'reset', after: 5 } : null);
    await home.get(FORK);
    expect((await readdir(join(home.folder, 'datasets/fsa-benchmark/atsa/rest14'))).sort()).toEqual([
      'dev.json',
      'hard_test.json',
      'test.json',
      'train.json',
    ]);
  });

  it('is refused from a branch, which could move', async () => {
    expect((await home.fail({ what: 'benchmark', revision: 'main' })).code).toBe('USAGE');
  });

  it('with known digests is refused when the bytes are others', async () => {
    serve(BENCHMARK.repository, BENCHMARK.commit, rowsOf);
    const error = await home.fail({ what: 'benchmark' });
    expect(error.message).toMatch(/^(atsa\/rest14|acsa\/laptop16)\/.*twice with wrong bytes/);
  });
});

describe.skipIf(sharedFolder === null)('the published half of the benchmark', () => {
  it('has the digests and sizes that the manifest states', async () => {
    const known = BENCHMARK.files.filter(({ sha256: digest }) => digest !== null);
    expect(known).toHaveLength(8);
    const files = new Map<string, Buffer>();
    for (const { path } of known) files.set(path, await readFile(sharedPath('data/fsa-benchmark', path)));
    serve(BENCHMARK.repository, BENCHMARK.commit, (path) => files.get(path) ?? rowsOf(path));
    const settings = readHubSettings();
    const connection = openConnection(settings, { ...DEFAULT_LIMITS, ...QUICK }, () => undefined);
    const plan = await planBenchmark({ ...BENCHMARK, files: known }, join(home.folder, 'half'));
    const progress = new Progress(0, 0, () => undefined);
    const context = { hub: connection, gate: new Gate(4), progress, emit: () => undefined };
    await downloadBenchmark(plan, context, { concurrency: 4, force: false });
    await connection.close();
    for (const { path, bytes } of known) {
      expect((await home.read(join('half', path))).length).toBe(bytes);
    }
  });
});
