/**
 * Against olah, a hub server that others wrote, from PyPI (see `olah.ts`). One instance serves a git
 * repository with a large file, and ignores ranges; a second one, chained to the first, answers them.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../fixtures/hub-faults.js';
import { makeBytes, openHubHome, type HubHome } from './hub-home.js';
import { findOlah } from './olah.js';

const olah = await findOlah();
const weights = makeBytes(3_000_000);
const config = '{"model_type":"t5"}\n';

describe.skipIf(olah === null)('a hub server that others wrote', () => {
  let folder: string;
  let first: string;
  let second: string;
  const processes: ChildProcess[] = [];
  let home: HubHome;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fsa-olah-'));
    await makeRepository(join(folder, 'a/mirrors/models/someone/student'));
    first = await startOlah('a', null);
    second = await startOlah('b', first);
  });
  afterAll(async () => {
    for (const child of processes) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    home = await openHubHome();
  });
  afterEach(async () => {
    await home.close();
  });

  it('gives a repository whole although it ignores ranges', async () => {
    process.env['HF_ENDPOINT'] = first;
    const summary = await home.get({ what: 'model', repo: 'someone/student' }, { stallMs: 10_000 });
    await expectWhole(summary.items[0]?.folder);
  });

  it('gives it in parts where a second one is chained to it', async () => {
    const ranges: string[] = [];
    const front = await startFront(ranges);
    process.env['HF_ENDPOINT'] = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const limits = { stallMs: 20_000, partBytes: 1_000_000 };
    const summary = await home.get({ what: 'model', repo: 'someone/student' }, limits);
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
    await expectWhole(summary.items[0]?.folder);
    expect(ranges.sort()).toEqual(['bytes=0-999999', 'bytes=1000000-1999999', 'bytes=2000000-2999999']);
  });

  async function expectWhole(snapshot = ''): Promise<void> {
    expect((await readFile(join(snapshot, 'model.safetensors'))).equals(weights)).toBe(true);
    expect(await readFile(join(snapshot, 'config.json'), 'utf8')).toBe(config);
  }

  /** Listings from the first, files from the second, which has no listings of its own. */
  async function startFront(ranges: string[]): Promise<Server> {
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      if (request.headers.range !== undefined) ranges.push(request.headers.range);
      response.writeHead(307, { location: `${path.startsWith('/api/') ? first : second}${path}` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  async function startOlah(name: string, upstream: string | null): Promise<string> {
    const port = await freePort();
    const own = `127.0.0.1:${port}`;
    const origin = upstream === null ? '127.0.0.1:1' : new URL(upstream).host;
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(
      join(folder, name, 'config.toml'),
      [
        '[basic]',
        'host = "127.0.0.1"',
        `port = ${port}`,
        'ssl-key = ""',
        'ssl-cert = ""',
        'repos-path = "./repos"',
        'hf-scheme = "http"',
        `hf-netloc = "${origin}"`,
        `hf-lfs-netloc = "${origin}"`,
        'mirror-scheme = "http"',
        `mirror-netloc = "${own}"`,
        `mirror-lfs-netloc = "${own}"`,
        'mirrors-path = ["./mirrors"]',
        '[accessibility]',
        `offline = ${upstream === null}`,
        '[[accessibility.proxy]]',
        'repo = "*"',
        'allow = true',
        '[[accessibility.cache]]',
        'repo = "*"',
        'allow = true',
      ].join('\n'),
    );
    processes.push(spawn(olah ?? '', ['-c', 'config.toml'], { cwd: join(folder, name), stdio: 'ignore' }));
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (await answers(`http://${own}`)) return `http://${own}`;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error('olah did not start');
  }
});

const answers = async (url: string): Promise<boolean> =>
  await fetch(url).then(
    () => true,
    () => false,
  );

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A git repository with the large file as git-lfs keeps it: a pointer in git, the bytes beside. */
async function makeRepository(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-c', 'user.email=a@b', '-c', 'user.name=a', ...args], { cwd: path });
  git('init', '-q', '-b', 'main');
  const digest = sha256(weights);
  const objects = join(path, '.git/lfs/objects', digest.slice(0, 2), digest.slice(2, 4));
  await mkdir(objects, { recursive: true });
  await writeFile(join(objects, digest), weights);
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${weights.length}\n`;
  await writeFile(join(path, 'model.safetensors'), pointer);
  await writeFile(join(path, 'config.json'), config);
  git('add', '-A');
  git('commit', '-q', '-m', 'a student');
}
