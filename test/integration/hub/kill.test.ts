import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../fixtures/hub-faults.js';
import { COMMIT_A } from '../../fixtures/hub-server.js';
import { environmentOf, makeBytes, openHubHome, QUICK, type HubHome } from './hub-home.js';

const weights = makeBytes(3_000_000);
const files = { 'config.json': Buffer.from('{}'), 'model.safetensors': weights };
const options = { what: 'model', repo: 'someone/student' } as const;
const child = join(import.meta.dirname, '../../fixtures/download-child.ts');

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

function start(limits: object): ChildProcess {
  return spawn(
    process.execPath,
    ['--import', 'tsx', child, JSON.stringify({ ...options, cwd: home.folder }), JSON.stringify(limits)],
    {
      env: { ...process.env, ...environmentOf(home.hub, home.folder) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}

/** Kills a child once it has so many bytes. */
async function killAt(bytes: number, limits: object): Promise<void> {
  const victim = start({ ...QUICK, progressMs: 0, ...limits });
  const ended = once(victim, 'exit');
  for await (const line of createInterface({ input: victim.stdout! })) {
    const event = JSON.parse(line) as { type: string; bytesDone?: number };
    if (event.type === 'download-progress' && (event.bytesDone ?? 0) >= bytes) {
      victim.kill('SIGKILL');
      break;
    }
  }
  expect((await ended)[1]).toBe('SIGKILL');
}

describe('a process that is killed in the middle', () => {
  it.each([
    ['in parts', { partBytes: 256 * 1024 }],
    ['in one piece', { partBytes: 2 ** 30 }],
  ])('loses next to nothing: %s', async (_, limits) => {
    home.hub.fault = ({ host }) => (host === 'cdn' ? { kind: 'slow', bytesPerSecond: 1_000_000 } : null);
    await killAt(1_000_000, limits);
    await killAt(1_800_000, limits);
    const blobs = join(home.folder, 'hub/models--someone--student/blobs');
    // Nothing under a final name, one partial, taken over from the first.
    expect((await readdir(blobs)).filter((name) => name.startsWith(sha256(weights)))).toEqual([
      expect.stringMatching(/\.fsa\.incomplete$/),
    ]);
    home.hub.fault = () => null;
    home.hub.requests.length = 0;
    const summary = await home.get(options, limits);
    expect(summary.bytesFetched).toBeLessThan(weights.length - 1_700_000);
    const folder = `hub/models--someone--student/snapshots/${COMMIT_A}`;
    expect((await home.read(`${folder}/model.safetensors`)).equals(weights)).toBe(true);
    expect((await readdir(blobs)).filter((name) => name.endsWith('incomplete'))).toEqual([]);
  });

  it('may have left damaged bytes: the digest tells, and they are fetched anew', async () => {
    home.hub.fault = ({ host }) => (host === 'cdn' ? { kind: 'slow', bytesPerSecond: 1_000_000 } : null);
    await killAt(800_000, { partBytes: 2 ** 30 });
    const blobs = join(home.folder, 'hub/models--someone--student/blobs');
    const [partial] = (await readdir(blobs)).filter((name) => name.endsWith('incomplete'));
    const handle = await open(join(blobs, partial!), 'r+');
    await handle.write(Buffer.from('damage'), 0, 6, 1000);
    await handle.close();
    home.hub.fault = () => null;
    await home.get(options, { partBytes: 2 ** 30 });
    const folder = `hub/models--someone--student/snapshots/${COMMIT_A}`;
    expect((await home.read(`${folder}/model.safetensors`)).equals(weights)).toBe(true);
  });
});

describe('two processes that want the same', () => {
  it('fetch it once: the second waits for the first', async () => {
    home.hub.fault = ({ host }) => (host === 'cdn' ? { kind: 'slow', bytesPerSecond: 1_500_000 } : null);
    const first = start({ ...QUICK, partBytes: 2 ** 30, stallMs: 5000 });
    const ended = once(first, 'exit');
    for await (const line of createInterface({ input: first.stdout! })) {
      if (line.includes('"download-progress"') && !line.includes('"bytesDone":0')) break;
    }
    const summary = await home.get(options);
    expect((await ended)[0]).toBe(0);
    expect(summary.bytesFetched).toBeLessThan(weights.length);
    expect(home.hub.requests.filter(({ host }) => host === 'cdn')).toHaveLength(1);
    expect(home.events.some((event) => event.type === 'warning' && /Another fsa/.test(event.message))).toBe(
      true,
    );
  });
});
