/**
 * Paths in a configuration file start from the file's folder, wherever fsa is run from; those on the
 * command line start from the working folder.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isPlainObject } from './check.js';
import { homeFolder } from './environment.js';

/** Settings that are always paths, and those that may be names known elsewhere (hub ids, benchmark sets). */
const PATHS = ['distill.corpus', 'distill.validation', 'teach.reviews', 'teach.demonstrations'];
const PATHS_OR_NAMES = ['model', 'eval.models', 'eval.datasets'];

/**
 * A checked layer with its paths put so that they mean the same from `cwd`. What could be a name stays one
 * unless something of that name lies in the folder.
 */
export function rebasePaths(value: unknown, folder: string, cwd: string): unknown {
  let rebased = value;
  for (const key of [...PATHS, ...PATHS_OR_NAMES]) {
    const isPath = (text: string): boolean =>
      PATHS.includes(key) || /^\.{0,2}[/\\]|^\.\.?$/.test(text) || existsSync(resolve(folder, text));
    rebased = changeAt(rebased, key.split('.'), (text) => {
      const plain = expandHome(text);
      return isPath(plain) ? seenFrom(cwd, resolve(folder, plain)) : plain;
    });
  }
  return rebased;
}

/** `~/data` as shells understand it. */
function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homeFolder(), path.slice(1)) : path;
}

/** Relative where the path lies below the folder, so that reports stay readable; absolute elsewhere. */
function seenFrom(folder: string, path: string): string {
  const short = relative(folder, path);
  if (short === '') return '.';
  return short.startsWith('..') || isAbsolute(short) ? path : short.split(sep).join('/');
}

/** A copy in which every text at the key, in a list or map there too, is changed. */
function changeAt(value: unknown, path: readonly string[], change: (text: string) => string): unknown {
  const [key, ...rest] = path;
  if (key !== undefined) {
    if (!isPlainObject(value) || !Object.hasOwn(value, key)) return value;
    return { ...value, [key]: changeAt(value[key], rest, change) };
  }
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item: unknown) => changeAt(item, [], change));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, changeAt(item, [], change)]));
}
