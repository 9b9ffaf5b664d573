/**
 * JSON that tells whether it is what was written: the last key is the SHA-256 of all others. It finds rot,
 * cuts and edits by hand; it is no signature, since anyone can compute it.
 */
import { hashValue } from './digest.js';

const SEAL = 'sha256';

/** The object with its seal. */
export function seal<T extends object>(value: T): T & { readonly sha256: string } {
  return { ...value, [SEAL]: hashValue(value) };
}

/** The object without its seal; null where the seal is missing or does not fit. */
export function unseal(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { [SEAL]: found, ...rest } = value as Record<string, unknown>;
  return found === hashValue(rest) ? rest : null;
}
