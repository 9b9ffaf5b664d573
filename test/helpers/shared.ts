/** Real benchmark files, corpus rows and golden values, where this machine has them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Folder with `data/` and `golden/`; null where it is not there, an error where FSA_REQUIRE_ALL forbids to
 * skip tests. Set FSA_SHARED to name another.
 */
export const sharedFolder: string | null = (() => {
  const folder = resolve(process.env['FSA_SHARED'] ?? join(import.meta.dirname, '../../../shared'));
  if (existsSync(join(folder, 'golden'))) return folder;
  if (process.env['FSA_REQUIRE_ALL'] === undefined) return null;
  throw new Error(`FSA_REQUIRE_ALL is set, and the real data are not in ${folder}.`);
})();

/** Path inside the folder; only for tests guarded by `describe.skipIf(sharedFolder === null)`. */
export function sharedPath(...parts: string[]): string {
  if (sharedFolder === null) throw new Error('the shared folder is not there: guard the test with skipIf');
  return join(sharedFolder, ...parts);
}
