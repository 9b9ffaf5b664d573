import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The version in package.json, two levels above this module in `src/` as in `dist/`. */
export function readOwnVersion(): string {
  const text = readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
