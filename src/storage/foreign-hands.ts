/** Who could have put something where a path leads: owner and mode of each of its components. */
import { lstat, readlink, realpath } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';

export interface ForeignHand {
  readonly path: string;
  /** `it belongs to another user (uid 1001)`. */
  readonly reason: string;
}

const STICKY = 0o1000;
const [GROUP_WRITES, OTHERS_WRITE] = [0o020, 0o002];

/**
 * The first component, from the root down, that another user owns or can replace; links are judged
 * themselves and where they lead. Null where there is none, or where the system has no owners (Windows).
 * What is not there yet is nobody's.
 */
export async function findForeignHand(path: string): Promise<ForeignHand | null> {
  const uid = process.getuid?.();
  if (uid === undefined) return null;
  const full = resolve(path);
  const real = await realpath(full).catch(() => full);
  for (const place of new Set([...(await componentsOf(full)), ...(await componentsOf(real))])) {
    const reason = await judge(place, uid);
    if (reason !== null) return { path: place, reason };
  }
  return null;
}

/** Every folder on the way to a path, the path itself, and what links among them lead to. */
async function componentsOf(path: string): Promise<string[]> {
  const { root } = parse(path);
  const places: string[] = [];
  for (let place = path; place !== root; place = dirname(place)) {
    places.unshift(place);
    const target = await readlink(place).catch(() => null);
    if (target !== null) places.unshift(resolve(dirname(place), target));
  }
  return places;
}

async function judge(path: string, uid: number): Promise<string | null> {
  const info = await lstat(path).catch(() => null);
  if (info === null) return null;
  if (info.uid !== uid && info.uid !== 0) return `it belongs to another user (uid ${info.uid})`;
  // A link's own mode says nothing; in a sticky folder (/tmp) nobody can replace what is another's.
  if (info.isSymbolicLink() || (info.isDirectory() && (info.mode & STICKY) !== 0)) return null;
  const mode = (info.mode & 0o7777).toString(8).padStart(4, '0');
  if ((info.mode & OTHERS_WRITE) !== 0) return `every user can write to it (mode ${mode})`;
  // Groups with the user's own number hold that user alone, by convention.
  const isPrivateGroup = info.gid === info.uid;
  if ((info.mode & GROUP_WRITES) !== 0 && !isPrivateGroup && info.gid !== 0)
    return `a group can write to it (mode ${mode})`;
  return null;
}

/** The first foreign hand in a folder and its direct entries. */
export async function findForeignEntry(
  folder: string,
  names: readonly string[],
): Promise<ForeignHand | null> {
  const uid = process.getuid?.();
  if (uid === undefined) return null;
  for (const name of names) {
    const reason = await judge(join(folder, name), uid);
    if (reason !== null) return { path: join(folder, name), reason };
  }
  return null;
}
