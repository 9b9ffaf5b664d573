/** Loads the command line: where that needs more open files than are allowed, this says so as for any other error. */
import { readEnvironment } from '../config/environment.js';
import { toFsaError } from '../errors.js';
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
    const error = toFsaError(thrown);
    printError(error, { json: words.includes('--json'), stack: readEnvironment('FSA_DEBUG') === '1' });
    return error.exitCode;
  }
}
