/** Where this package lies, and the programs in it that run in threads and processes of their own. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package's folder. How far above a module it lies differs between `src/` and `dist/`, which has whole rooms in one file. */
export const PACKAGE_FOLDER = nearestPackage(import.meta.dirname);

function nearestPackage(folder: string): string {
  const above = dirname(folder);
  return above === folder || existsSync(join(folder, 'package.json')) ? folder : nearestPackage(above);
}

/** By their place in `src/`; scripts/bundle.mjs makes a file of each. */
export type OwnProgram = 'inference/thread' | 'runtime/bridge' | 'workers/blobs/thread';

/**
 * The file to start. The built one also in a source tree: a thread takes no TypeScript. Whoever starts it passes no
 * `execArgv`: some words of this process's own start, such as --input-type, forbid a file.
 */
export function ownProgram(name: OwnProgram): string {
  return join(PACKAGE_FOLDER, 'dist', `${name}.js`);
}
