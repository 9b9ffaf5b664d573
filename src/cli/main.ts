/** The command line from its words to its exit code. Nothing here prints but through `output`. */
import { readEnvironment } from '../config/environment.js';
import { FsaError, toFsaError } from '../errors.js';
import { COMMANDS } from './commands/index.js';
import { listenForInterrupts } from './interrupts.js';
import { createOutput, printError } from './output.js';
import { parseCommandLine } from './parse.js';

/**
 * Runs one command.
 * @param words what follows `fsa` on the command line
 * @returns the exit code (section 5 of the design)
 */
export async function main(words: readonly string[]): Promise<number> {
  // `fsa … | head` closes our stdout early: that is the reader's right, not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    const failure = toFsaError(Object.assign(error, { path: error.path ?? 'standard output' }));
    printError(failure, { json: false, stack: false });
    process.exit(failure.exitCode);
  });
  const wantsJson = words.includes('--json');
  const interrupt = listenForInterrupts();
  try {
    const parsed = await parseCommandLine(COMMANDS, words);
    if (parsed.kind === 'shown') return parsed.exitCode;
    const output = createOutput(parsed.options);
    const { run, ending } = parsed.command;
    if (ending !== undefined) interrupt.tell(ending);
    if (run === undefined)
      throw new FsaError('USAGE', 'A command is missing.', { advice: 'See `fsa --help`.' });
    return await run({ args: parsed.args, options: parsed.options, output, signal: interrupt.signal });
  } catch (thrown) {
    const error = toFsaError(thrown);
    printError(error, { json: wantsJson, stack: readEnvironment('FSA_DEBUG') === '1' });
    return error.exitCode;
  } finally {
    interrupt.stop();
  }
}
