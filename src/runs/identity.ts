/** When two runs are the same run, and when two jobs are the same job. */
import { hashValue } from '../storage/digest.js';
import type { RunFile } from './types.js';

/**
 * Grows when a change in fsa itself changes results (the science, not the wire), so that cells of an
 * older version are not taken for this version's.
 */
export const RESULTS_VERSION = 3;

/** The name in `hashes` of what the Python runtime was made from. */
export const LOCK_HASH = 'the runtime lock';

/** The id of a job: a hash of everything that could change its result. */
export function jobIdOf(ingredients: Readonly<Record<string, unknown>>): string {
  return hashValue({ resultsVersion: RESULTS_VERSION, ...ingredients }).slice(0, 16);
}

/** What differs between a stored run and the one asked for, a sentence each; empty where it is the same run. */
export function describeDifferences(old: RunFile, now: RunFile): string[] {
  if (old.kind !== now.kind) return [`it holds a run of \`fsa ${old.kind}\`, not of \`fsa ${now.kind}\``];
  return [
    ...compare(flattenSettings(old.identity), flattenSettings(now.identity), (key) => `the setting ${key}`),
    ...compare(old.hashes, now.hashes, (key) => `the content of ${key}`, true),
  ];
}

function compare(
  old: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  name: (key: string) => string,
  mayGrow = false,
): string[] {
  const found: string[] = [];
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [before, after] = [old[key], now[key]];
    // A run may gain and lose models and datasets; what it names twice must be the same.
    if (mayGrow && (before === undefined || after === undefined)) continue;
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    found.push(`${name(key)} was ${showValue(before)} and is now ${showValue(after)}`);
  }
  return found;
}

/** A value in a sentence; a hash by its beginning. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'not set';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text;
}

/** Settings by their whole names: `{ eval: { epochs: 5 } }` is `eval.epochs`. */
export function flattenSettings(
  value: Readonly<Record<string, unknown>>,
  prefix = '',
): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      Object.assign(flat, flattenSettings(inner as Record<string, unknown>, `${prefix}${key}.`));
    } else flat[`${prefix}${key}`] = inner;
  }
  return flat;
}
