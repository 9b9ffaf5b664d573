import { createServer, type Server } from 'node:http';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHubSettings } from '../../../src/hub/api/settings.js';
import { gitSha1 } from '../../fixtures/hub-faults.js';
import { COMMIT_A, type ServedRepository } from '../../fixtures/hub-server.js';
import { makeBytes, openHubHome, type HubHome } from './hub-home.js';

const TOKEN = 'hf_canaryCanaryCanary42';
const weights = makeBytes(300_000);
const options = { what: 'model', repo: 'someone/private' } as const;

let home: HubHome;
beforeEach(async () => {
  home = await openHubHome();
});
afterEach(async () => {
  await home.close();
});

function serve(extra: Partial<ServedRepository> = {}): void {
  home.hub.repositories.push({
    kind: 'model',
    id: 'someone/private',
    branches: { main: COMMIT_A },
    commits: { [COMMIT_A]: { 'config.json': Buffer.from('{}'), 'model.safetensors': weights } },
    largeFrom: 100_000,
    token: TOKEN,
    ...extra,
  });
}

/** Answers every listing with these names. */
function list(names: readonly string[]): void {
  serve();
  const content = Buffer.from('{}');
  const entries = names.map((path) => ({ type: 'file', path, size: 2, oid: gitSha1(content) }));
  home.hub.answer = ({ path }) => (path.includes('/tree/') ? Buffer.from(JSON.stringify(entries)) : null);
}

describe('the token', () => {
  it('goes to the hub and not to where the hub redirects', async () => {
    serve();
    process.env['HF_TOKEN'] = TOKEN;
    await home.get(options);
    const hosts = (authorized: boolean): Set<string> =>
      new Set(
        home.hub.requests
          .filter(({ authorization }) => (authorization !== null) === authorized)
          .map(({ host }) => host),
      );
    expect(hosts(true)).toEqual(new Set(['hub']));
    expect(hosts(false)).toEqual(new Set(['cdn']));
  });

  it('is read from the file that the hub’s own login writes', async () => {
    serve();
    await writeFile(join(home.folder, 'token'), `${TOKEN}\n`);
    await home.get(options);
    expect(home.hub.requests[0]?.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('does not follow a next page of the listing to another host', async () => {
    serve();
    process.env['HF_TOKEN'] = TOKEN;
    const seen: (string | undefined)[] = [];
    const thief: Server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('[]');
    });
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/next`;
    home.hub.headers = ({ path }) => (path.includes('/tree/') ? { link: `<${address}>; rel="next"` } : {});
    await home.get(options);
    expect(seen).toEqual([undefined]);
    await new Promise((resolve) => thief.close(resolve));
  });

  it('appears in no error, event, summary or file, whatever goes wrong', async () => {
    serve();
    process.env['HF_TOKEN'] = TOKEN;
    const said: unknown[] = [inspect(readHubSettings(), { depth: 9 }), JSON.stringify(readHubSettings())];
    for (const status of [401, 403, 404, 429, 500]) {
      home.hub.fault = ({ host }) =>
        host === 'cdn' ? { kind: 'status', status, headers: { 'retry-after': '0' } } : null;
      said.push(await home.fail(options));
    }
    home.hub.fault = () => null;
    said.push(await home.get(options));
    process.env['HF_ENDPOINT'] = 'http://127.0.0.1:1';
    said.push(await home.fail(options));
    said.push(home.events);
    const text = said.map((thing) => inspect(thing, { depth: 9, showHidden: true })).join('\n');
    expect(text).not.toContain(TOKEN);
    // Nor does the signature in the address of the CDN.
    expect(text).not.toContain('s3cr3t');
    for (const entry of await readdir(home.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      expect(
        (await home.read(join(entry.parentPath, entry.name).slice(home.folder.length))).includes(TOKEN),
      ).toBe(false);
    }
  });

  it('is refused when it could not be a header', async () => {
    process.env['HF_TOKEN'] = 'two words';
    expect((await home.fail(options)).code).toBe('USAGE');
  });
});

describe('a name from the network', () => {
  const bad = [
    '../../../../evil.json',
    '/etc/evil.json',
    'a/../../evil.json',
    'a\\..\\evil.json',
    'C:/evil.json',
    'C:evil.json',
    '\\\\server\\share\\evil.json',
    'nul.json',
    'a/COM1',
    'a/./b.json',
    'a//b.json',
    'line\nbreak.json',
    'nul\0byte.json',
    'ends in dot.',
    'stream:evil.json',
  ];
  it.each(bad.map((name) => [name]))('cannot leave its folder: %j', async (name) => {
    list(['config.json', name]);
    process.env['HF_TOKEN'] = TOKEN;
    const error = await home.fail({ ...options, include: ['**', name] });
    expect(error.code).toBe('DOWNLOAD');
    expect(error.describe()).toContain(JSON.stringify(name));
    expect(await readdir(home.folder)).toEqual([]);
  });

  it('cannot fall on the file of another where case is not told apart', async () => {
    list(['config.json', 'Config.JSON']);
    process.env['HF_TOKEN'] = TOKEN;
    expect((await home.fail({ ...options, include: ['**'] })).describe()).toContain('falls on the same file');
  });

  it('cannot be a folder of another', async () => {
    list(['config.json', 'config.json/b']);
    process.env['HF_TOKEN'] = TOKEN;
    expect((await home.fail({ ...options, include: ['**'] })).describe()).toContain('which is a file');
  });

  it('cannot leave through a link that was planted in the cache', async () => {
    serve({ commits: { [COMMIT_A]: { 'sub/config.json': Buffer.from('{}') } } });
    process.env['HF_TOKEN'] = TOKEN;
    const snapshot = join(home.cache, `models--someone--private/snapshots/${COMMIT_A}`);
    const outside = join(home.folder, 'outside');
    await mkdir(snapshot, { recursive: true });
    await mkdir(outside);
    await symlink(outside, join(snapshot, 'sub'));
    const error = await home.fail({ ...options, include: ['config.json'] });
    expect(error.message).toContain('outside its folder');
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('a redirect', () => {
  it('in circles ends', async () => {
    serve();
    process.env['HF_TOKEN'] = TOKEN;
    home.hub.fault = ({ host }) =>
      host === 'cdn' ? { kind: 'status', status: 302, headers: { location: `${home.hub.cdnUrl}/x` } } : null;
    expect((await home.fail(options)).message).toContain('too many redirects');
  });

  it('to something other than the web is refused', async () => {
    serve();
    process.env['HF_TOKEN'] = TOKEN;
    home.hub.fault = ({ host }) =>
      host === 'cdn' ? { kind: 'status', status: 302, headers: { location: 'file:///etc/passwd' } } : null;
    expect((await home.fail(options)).message).toContain('cannot be asked');
  });
});

describe('what is kept', () => {
  it('is named by digests that were checked, so that a listing cannot choose a path', async () => {
    serve();
    process.env['HF_TOKEN'] = TOKEN;
    const entry = { type: 'file', path: 'config.json', size: 2, oid: '../../../../evil' };
    home.hub.answer = ({ path }) => (path.includes('/tree/') ? Buffer.from(JSON.stringify([entry])) : null);
    expect((await home.fail(options)).message).toContain("is not one of the hub's");
    expect(await readdir(home.folder)).toEqual([]);
  });
});
