/**
 * Which process fetches a blob. The name of a partial file says whose it is; what a dead process left is
 * taken over by renaming it, which only one can do. Node has no flock, and none is needed: two that slip
 * past each other fetch twice and publish the same bytes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A partial of another host is taken over when nothing has happened to it for so long. */
const FOREIGN_STALE_MS = 600_000;
/** A living owner whose partial does not grow for so long is not waited for any more. */
const OWNER_STALE_MS = 120_000;
const POLL_MS = 300;

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
/** Tells two copies of this module in one process apart. */
const instance = randomBytes(4).toString('hex');
const ownTag = `${host}-${process.pid}-${startTimeOf(process.pid)}-${instance}`;
const NAME =
  /^(?<blob>.+)\.(?<host>[0-9a-f]{8})-(?<pid>\d+)-(?<start>\d+)-(?<instance>[0-9a-f]{8})\.fsa\.incomplete$/;

type Owner = 'own' | 'alive' | 'dead' | 'foreign';

/**
 * Waits until this process may fetch a blob.
 * @param onWait called once, when another living process is at work on it
 * @returns path of the partial file that is ours now (it may not be there yet); null when the blob was downloaded by another meanwhile (`isThere` said so)
 */
export async function lockPartial(
  target: string,
  isThere: () => Promise<boolean>,
  signal: AbortSignal,
  onWait: (pid: number) => void,
): Promise<string | null> {
  const path = `${target}.${ownTag}.fsa.incomplete`;
  let waited = false;
  for (;;) {
    signal.throwIfAborted();
    if (waited && (await isThere())) return null;
    const others = await listPartials(target);
    if (others.some(({ owner }) => owner === 'own')) return path;
    const free = others.find(({ owner, idleMs }) => isFree(owner, idleMs));
    if (free !== undefined) {
      if (await takeOver(free.path, path)) return path;
      continue;
    }
    const busy = others.find(({ owner, idleMs }) => owner === 'alive' && idleMs < OWNER_STALE_MS);
    if (busy === undefined) return path;
    if (!waited) onWait(busy.pid);
    waited = true;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Removes what dead processes left of a blob that is whole now. */
export async function clearLeftovers(target: string): Promise<void> {
  for (const { owner, idleMs, path } of await listPartials(target)) {
    if (isFree(owner, idleMs)) await rm(path, { force: true });
  }
}

const isFree = (owner: Owner, idleMs: number): boolean =>
  owner === 'dead' || (owner === 'foreign' && idleMs > FOREIGN_STALE_MS);

async function takeOver(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function listPartials(
  target: string,
): Promise<{ path: string; pid: number; owner: Owner; idleMs: number }[]> {
  const folder = dirname(target);
  const found: { path: string; pid: number; owner: Owner; idleMs: number }[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith(basename(target))) continue;
    const groups = NAME.exec(name)?.groups;
    if (groups?.['blob'] !== basename(target)) continue;
    const path = join(folder, name);
    const info = await stat(path).catch(() => null);
    if (info === null) continue;
    const pid = Number(groups['pid']);
    found.push({ path, pid, owner: ownerOf(groups, pid), idleMs: Date.now() - info.mtimeMs });
  }
  return found;
}

function ownerOf(groups: Readonly<Record<string, string>>, pid: number): Owner {
  if (groups['host'] !== host) return 'foreign';
  if (pid === process.pid && groups['instance'] === instance) return 'own';
  return isAlive(pid, groups['start'] ?? '0') ? 'alive' : 'dead';
}

function isAlive(pid: number, startTime: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startTimeOf(pid) === startTime;
}

/** When a process started, in ticks since boot, so that a reused number is told apart; 0 where unknown. */
function startTimeOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}
