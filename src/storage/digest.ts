/** SHA-256 of files, folders and plain values: what identities are made of. */
import { createHash, hash as hashAtOnce } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Hex SHA-256 of a string or bytes. */
export function hashBytes(content: string | Uint8Array): string {
  return hashAtOnce('sha256', content);
}

/** Hex SHA-256 of a file, streamed. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const options = { highWaterMark: 1 << 20 };
  await pipeline(createReadStream(path, options), hash, ...(signal === undefined ? [] : [{ signal }]));
  return hash.digest('hex');
}

/**
 * Hex SHA-256 over the sorted relative names and contents of a folder's files.
 * @param keep which files count, by relative name with `/`
 */
export async function hashFolder(
  folder: string,
  keep: (name: string) => boolean = () => true,
  signal?: AbortSignal,
): Promise<string> {
  return hashOfFiles(await hashFiles(folder, keep, signal));
}

/** A file below a folder, by relative name with `/`, and its hex SHA-256. */
export interface HashedFile {
  readonly name: string;
  readonly sha256: string;
}

/** The digest of each of a folder's files, sorted by name. @param keep which files count */
export async function hashFiles(
  folder: string,
  keep: (name: string) => boolean = () => true,
  signal?: AbortSignal,
): Promise<HashedFile[]> {
  const files: HashedFile[] = [];
  for (const name of (await listFiles(folder)).filter(keep))
    files.push({ name, sha256: await hashFile(join(folder, name), signal) });
  return files;
}

/** Hex SHA-256 over the names and digests of a folder's files: that of `hashFolder`. */
export function hashOfFiles(files: readonly HashedFile[]): string {
  return hashBytes(files.map(({ name, sha256 }) => `${name} ${sha256}`).join('\n'));
}

/** Relative names (with `/`) of all files below a folder, sorted; links to files are followed. */
export async function listFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isFile = entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile());
    if (isFile) names.push(relative(folder, path).split(sep).join('/'));
  }
  return names.sort();
}

/** Hex SHA-256 of a JSON-able value, independent of the order of its keys. */
export function hashValue(value: unknown): string {
  return hashBytes(toCanonicalJson(value));
}

/** JSON of a value in which every object is the list of its pairs of key and value, in the order of its keys. */
export function toCanonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toCanonicalEntry).join(',')}]`;
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields).sort();
  return `[${keys.map((key) => `[${JSON.stringify(key)},${toCanonicalEntry(fields[key])}]`).join(',')}]`;
}

/** Within a list JSON has null for what it cannot write. */
function toCanonicalEntry(value: unknown): string {
  const type = typeof value;
  return type === 'undefined' || type === 'function' || type === 'symbol' ? 'null' : toCanonicalJson(value);
}
