import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import { gitSha1, sha256, type Fault } from '../../fixtures/hub-faults.js';
import { COMMIT_A, type SeenRequest } from '../../fixtures/hub-server.js';
import { makeBytes, openHubHome, type HubHome } from './hub-home.js';

const weights = makeBytes(700_000);
const small = makeBytes(90_000, 5);
const files = { 'config.json': Buffer.from('{}'), 'spiece.model': small, 'model.safetensors': weights };
const options = { what: 'model', repo: 'someone/student' } as const;
const snapshot = `hub/models--someone--student/snapshots/${COMMIT_A}`;

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

/** Longer than any test: nobody waits so long by mistake. */
const HOUR_MS = 3_600_000;

const isWeights = ({ host }: SeenRequest): boolean => host === 'cdn';
const isSmall = ({ path }: SeenRequest): boolean => path.endsWith('spiece.model');
const isTree = ({ path }: SeenRequest): boolean => path.includes('/tree/');

/** A fault for the first so many requests of a kind. */
function first(times: number, kind: (request: SeenRequest) => boolean, fault: Fault): void {
  let left = times;
  home.hub.fault = (request) => (kind(request) && left-- > 0 ? fault : null);
}

/** Of everything, as the last event of progress said. */
function bytesDone(): number {
  const progress = home.events.flatMap((event) =>
    event.type === 'download-progress' ? [event.bytesDone] : [],
  );
  return progress.at(-1) ?? 0;
}

async function expectAllThere(): Promise<void> {
  expect((await home.read(`${snapshot}/model.safetensors`)).equals(weights)).toBe(true);
  expect((await home.read(`${snapshot}/spiece.model`)).equals(small)).toBe(true);
}

const warnings = (): string[] =>
  home.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

describe('a download gets over', () => {
  const passing: readonly [string, number, (request: SeenRequest) => boolean, Fault][] = [
    ['a short body', 3, isWeights, { kind: 'short', after: 50_000 }],
    ['a short body that looks complete', 3, isSmall, { kind: 'short', after: 50_000, chunked: true }],
    ['connections that are reset', 3, isWeights, { kind: 'reset', after: 30_000 }],
    ['a reset before the first byte', 3, isSmall, { kind: 'reset', after: 0 }],
    ['a connection that stalls', 1, isWeights, { kind: 'stall', after: 40_000 }],
    ['errors of the server', 3, isWeights, { kind: 'status', status: 500 }],
    ['a server that is overloaded while listing', 2, isTree, { kind: 'status', status: 503 }],
    ['a listing that is cut off', 2, isTree, { kind: 'short', after: 60 }],
    ['a listing that stalls', 1, isTree, { kind: 'stall', after: 60 }],
    ['a wrong Content-Range, once', 1, isWeights, { kind: 'wrong-range' }],
    ['a wrong Content-Range, always', 999, isWeights, { kind: 'wrong-range' }],
    ['a server that ignores ranges', 999, isWeights, { kind: 'ignore-range' }],
    ['an ETag that changes between the parts', 999, isWeights, { kind: 'etag' }],
    ['a part that is refused with 416', 1, isWeights, { kind: 'status', status: 416 }],
    ['wrong bytes, once', 1, isWeights, { kind: 'wrong-bytes' }],
    ['wrong bytes of a small file, once', 1, isSmall, { kind: 'wrong-bytes' }],
    ['a packed answer', 2, isSmall, { kind: 'packed' }],
  ];
  it.each(passing)('%s', async (_, times, kind, fault) => {
    first(times, kind, fault);
    await home.get(options);
    await expectAllThere();
    expect(await readdir(join(home.folder, 'hub/models--someone--student/blobs'))).toHaveLength(3);
  });

  it('an answer that is another part than was asked for, by asking for the whole instead', async () => {
    first(999, isWeights, { kind: 'wrong-range' });
    await home.get(options);
    expect(home.hub.requests.filter(isWeights).at(-1)?.range).toBe(null);
    expect(warnings()).toEqual([]);
  });

  it('a connection that dies again and again, as long as each brings something', async () => {
    first(999, isWeights, { kind: 'reset', after: 40_000 });
    await home.get(options);
    await expectAllThere();
    expect(home.hub.requests.filter(isWeights).length).toBeGreaterThan(15);
    // Every request asked for what was missing, and nothing else.
    const starts = home.hub.requests.filter(isWeights).map(({ range }) => range);
    expect(new Set(starts).size).toBeGreaterThan(15);
  });
});

describe('a server that asks for a pause', () => {
  it.each([
    ['in seconds', () => '1'],
    ['by a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('is obeyed: %s', async (_, retryAfter) => {
    const start = performance.now();
    first(1, isSmall, { kind: 'status', status: 429, headers: { 'retry-after': retryAfter() } });
    await home.get(options);
    expect(performance.now() - start).toBeGreaterThan(900);
    await expectAllThere();
  });

  it('is obeyed when it speaks through the RateLimit header', async () => {
    const start = performance.now();
    first(1, isTree, { kind: 'status', status: 429, headers: { ratelimit: '"api";r=0;t=1' } });
    await home.get(options);
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it('is left alone when the pause is too long, with what is there kept', async () => {
    first(1, isSmall, { kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
    const error = await home.fail(options);
    expect(error.code).toBe('DOWNLOAD');
    expect(error.message).toContain('60 min');
  });

  it('is told to the user when the wait is long enough to notice', async () => {
    first(1, isSmall, { kind: 'status', status: 429, headers: { 'retry-after': '2' } });
    await home.get(options);
    expect(warnings()).toContain('The server asks for a pause (429): waiting 2 s before trying again.');
  });
});

describe('a download gives up', () => {
  it('on bytes that are wrong twice, naming both digests and keeping nothing of them', async () => {
    first(999, isWeights, { kind: 'wrong-bytes' });
    const error = await home.fail(options);
    expect(error.code).toBe('DOWNLOAD');
    expect(error.message).toContain(sha256(weights));
    expect(error.message).toMatch(/is [0-9a-f]{64}, should be/);
    const blobs = await readdir(join(home.folder, 'hub/models--someone--student/blobs'));
    expect(blobs.filter((name) => name.startsWith(sha256(weights)))).toEqual([]);
  });

  it('on a git file with wrong bytes', async () => {
    first(999, isSmall, { kind: 'wrong-bytes' });
    expect((await home.fail(options)).message).toContain(`git-sha1 is`);
    expect((await readdir(join(home.folder, 'hub/models--someone--student/blobs'))).join()).not.toContain(
      gitSha1(small),
    );
  });

  it('after so many failures in a row, and goes on from there the next time', async () => {
    // The second part never comes; the others do.
    home.hub.fault = ({ range }) =>
      range?.startsWith('bytes=131072') === true ? { kind: 'status', status: 502 } : null;
    const error = await home.fail(options, { partBytes: 128 * 1024 });
    expect(error.message).toBe('The server has trouble (502), 4 times in a row.');
    home.hub.fault = () => null;
    home.hub.requests.length = 0;
    const summary = await home.get(options);
    await expectAllThere();
    expect(summary.bytesFetched).toBeLessThan(weights.length);
    expect(home.hub.requests.some(({ range }) => range?.startsWith('bytes=131072') === true)).toBe(true);
  });

  const refusals: readonly [number, Record<string, string>, RegExp, RegExp][] = [
    [401, {}, /does not give the model someone\/student/, /HF_TOKEN/],
    [403, { 'x-error-code': 'GatedRepo' }, /asks for consent first/, /accept the conditions/],
    [403, {}, /\(403\)/, /HF_TOKEN/],
    [404, { 'x-error-code': 'EntryNotFound' }, /lists a file that the server does not have/, /--exclude/],
    [404, {}, /is not there at revision/, /Check the name/],
    [451, {}, /status 451/, /proxy/],
  ];
  it.each(refusals)('at once on status %i %j', async (status, headers, message, advice) => {
    first(1, isSmall, { kind: 'status', status, headers });
    const error = await home.fail(options);
    expect(error.exitCode).toBe(4);
    expect(error.message).toMatch(message);
    expect(error.advice).toMatch(advice);
    expect(home.hub.requests.filter(isSmall)).toHaveLength(1);
  });

  it('on a repository or a revision that is not there', async () => {
    expect((await home.fail({ ...options, repo: 'no/one' })).message).toContain('no/one is not there');
    expect((await home.fail({ ...options, revision: 'v9' })).message).toContain('has no revision v9');
  });

  it.each([
    ['<html>Please log in</html>', /is not one of the hub's/],
    ['{"error":"no"}', /is not one of the hub's/],
    ['[{"type":"file","path":"config.json","size":-1,"oid":"x"}]', /is not one of the hub's/],
  ])('on an answer that is not the hub: %s', async (body, message) => {
    home.hub.answer = ({ path }) => (path.includes('/tree/') ? Buffer.from(body) : null);
    const error = await home.fail(options);
    expect(error.code).toBe('DOWNLOAD');
    expect(error.message).toMatch(message);
    expect(error.advice).toContain('HF_ENDPOINT');
  });

  it('when nobody listens', async () => {
    process.env['HF_ENDPOINT'] = 'http://127.0.0.1:1';
    const error = await home.fail(options);
    expect(error.message).toMatch(/^The server refuses connections \(.*\)\.$/);
    expect(error.advice).toContain('HF_ENDPOINT');
    expect(warnings()).toEqual([]);
  });

  it('on a listing that goes on without end, naming the limit of pages', async () => {
    home.hub.answer = ({ path }) => (path.includes('/tree/') ? Buffer.from('[]') : null);
    let page = 0;
    home.hub.headers = ({ path }): Record<string, string> =>
      path.includes('/tree/') ? { link: `<${home.hub.url}${path}?cursor=${(page += 1)}>; rel="next"` } : {};
    expect((await home.fail(options)).message).toContain('it goes on after 500 pages');
    expect(home.hub.requests.filter(isTree)).toHaveLength(500);
  });

  it('on a listing of folders without end, naming the limit of entries', async () => {
    const folders = Array.from({ length: 20_000 }, (_, index) => ({
      type: 'directory',
      path: `d${index}`,
      size: 0,
      oid: 'a'.repeat(40),
    }));
    home.hub.answer = ({ path }) => (path.includes('/tree/') ? Buffer.from(JSON.stringify(folders)) : null);
    let page = 0;
    home.hub.headers = ({ path }): Record<string, string> =>
      path.includes('/tree/') ? { link: `<${home.hub.url}${path}?cursor=${(page += 1)}>; rel="next"` } : {};
    expect((await home.fail(options)).message).toContain('more than 200000 files and folders');
  });

  it.each([
    ['the weights', isWeights],
    ['a small file', isSmall],
    ['the listing', isTree],
  ])('on a server that drips, naming the speed: %s', async (_, kind) => {
    first(999, kind, { kind: 'slow', bytesPerSecond: 100 });
    const error = await home.fail(options, { dripMs: 300 });
    expect(error.message).toMatch(/The server sent \d+ bytes in \d+ s, less than 1024 bytes a second/);
  });

  it('on a server that sends a byte and hangs up, again and again', async () => {
    first(999, isWeights, { kind: 'reset', after: 1 });
    await home.fail(options);
    expect(home.hub.requests.filter(isWeights).length).toBeLessThan(30);
  });

  it('before anything is fetched when the disk has no room', async () => {
    const entry = { type: 'file', path: 'model.safetensors', size: 2 ** 50, oid: 'c'.repeat(40) };
    home.hub.answer = ({ path }) => (path.includes('/tree/') ? Buffer.from(JSON.stringify([entry])) : null);
    const error = await home.fail(options);
    expect(error.code).toBe('STORAGE');
    expect(error.message).toMatch(/needs about 1048576\.0 GiB, with 16 MiB to spare, and .* are free/);
  });
});

describe('a download that is cancelled', () => {
  it('stops at once, keeps what came, and goes on from there', async () => {
    // A server that sends no more: whoever does not stop waits for it until the test is given up.
    home.hub.fault = (request) => (isWeights(request) ? { kind: 'stall', after: 100_000 } : null);
    const controller = new AbortController();
    const stopping = home.fail(
      { ...options, signal: controller.signal },
      { stallMs: HOUR_MS, dripMs: HOUR_MS, progressMs: 0 },
    );
    await expect.poll(() => bytesDone(), { timeout: 60_000 }).toBeGreaterThan(small.length);
    controller.abort(new Error('enough'));
    expect((await stopping).code).toBe('CANCELLED');
    home.hub.fault = () => null;
    const summary = await home.get(options);
    await expectAllThere();
    expect(summary.bytesFetched).toBeLessThan(weights.length);
  });

  it('also stops while it waits for a server that asked for a pause', async () => {
    first(1, isSmall, { kind: 'status', status: 429, headers: { 'retry-after': '60' } });
    const controller = new AbortController();
    const stopping = home.fail({ ...options, signal: controller.signal });
    await expect.poll(() => home.hub.requests.filter(isSmall).length, { timeout: 60_000 }).toBe(1);
    controller.abort(new Error('enough'));
    const error = await stopping;
    expect(error).toBeInstanceOf(FsaError);
    expect(error.code).toBe('CANCELLED');
  });

  it('never begins under a signal that was aborted before', async () => {
    const error = await home.fail({ ...options, signal: AbortSignal.abort() });
    expect(error.code).toBe('CANCELLED');
    expect(home.hub.requests).toEqual([]);
  });
});

describe('two downloads of the same in one process', () => {
  it('fetch it once', async () => {
    await Promise.all([home.get(options), home.get(options)]);
    await expectAllThere();
    const parts = home.hub.requests.filter(isWeights).map(({ range }) => range);
    expect(new Set(parts).size).toBe(parts.length);
  });
});
