/** Real benchmark files, corpus rows and golden values, where this machine has them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folder with `data/` and `golden/`; null where it is not there. Set FSA_SHARED to name another. */
export const sharedFolder: string | null = (() => {
  const folder = resolve(process.env['FSA_SHARED'] ?? join(import.meta.dirname, '../../../shared'));
  return existsSync(join(folder, 'golden')) ? folder : null;
})();

/** Path inside the folder; only for tests guarded by `describe.skipIf(sharedFolder === null)`. */
export function sharedPath(...parts: string[]): string {
  if (sharedFolder === null) throw new Error('the shared folder is not there: guard the test with skipIf');
  return join(sharedFolder, ...parts);
}
