/** Loads the command line: where that needs more open files than are allowed, this says so as for any other error. */
import { readEnvironment } from '../config/environment.js';
import { PACKAGE_FOLDER } from '../config/package-folder.js';
import { FsaError, toFsaError } from '../errors.js';
import { requireAddressSpace } from './address-space.js';
import { printError } from './output.js';

/**
 * Runs one command.
 * @param words what follows `fsa` on the command line
 * @returns the exit code
 */
export async function start(words: readonly string[]): Promise<number> {
  try {
    requireAddressSpace();
    const { main } = await import('./main.js');
    return await main(words);
  } catch (thrown) {
    const error = notInstalled(thrown) ?? toFsaError(thrown);
    printError(error, { json: words.includes('--json'), stack: readEnvironment('FSA_DEBUG') === '1' });
    return error.exitCode;
  }
}

/** A package that a clone lacks before its first `npm install`. */
function notInstalled(thrown: unknown): FsaError | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'ERR_MODULE_NOT_FOUND')
    return null;
  const name = /Cannot find package '([^']+)'/.exec(thrown.message)?.[1];
  if (name === undefined) return null;
  return new FsaError('CONFIG', `The package ${name}, which fsa needs, is not installed.`, {
    where: PACKAGE_FOLDER,
    advice: 'Run `npm install` there.',
    cause: thrown,
  });
}
