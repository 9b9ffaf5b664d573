/** The command line from its words to its exit code. Nothing here prints but through `output`. */
import { readEnvironment } from '../config/environment.js';
import { FsaError, toFsaError } from '../errors.js';
import { COMMANDS } from './commands/index.js';
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
    throw error;
  });
  const wantsJson = words.includes('--json');
  const interrupt = listenForInterrupts();
  try {
    const parsed = await parseCommandLine(COMMANDS, words);
    if (parsed.kind === 'shown') return parsed.exitCode;
    const output = createOutput(parsed.options);
    const { run } = parsed.command;
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

/** The first signal asks the work to end tidily; the second ends the process. */
function listenForInterrupts(): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(`\nfsa: ${name} received: finishing the step and saving. Once more ends at once.\n`);
    controller.abort(new FsaError('CANCELLED', `The run was stopped by ${name}.`));
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
