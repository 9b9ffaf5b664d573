/** How the examples read their words and say what is wrong: a sentence and an exit code, never a stack. */
import { parseArgs } from 'node:util';
import { isFsaError } from 'fsa-distill';

const WRONG_WORDS = 2;

/**
 * The words behind the script's name. `--help` prints the usage and ends the program; a wrong word says so.
 * @param options as `parseArgs` takes them; @param most how many words may stand without a name
 */
export function readWords(usage, { options = {}, most = 0 } = {}) {
  try {
    const help = { type: 'boolean', short: 'h' };
    const { values, positionals } = parseArgs({ options: { ...options, help }, allowPositionals: true });
    if (values.help) {
      console.log(`Usage: ${usage}`);
      process.exit(0);
    }
    if (positionals.length > most) throw new TypeError(`Unexpected word '${positionals[most]}'`);
    return { values, words: positionals };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [sentence] = error.message.split('. ');
    console.error(`${sentence.replace(/\.$/, '')}: --help shows the usage.`);
    process.exit(WRONG_WORDS);
  }
}

/** What fsa and the system refuse, in words; anything else is a mistake in the program, and is thrown on. */
export function tell(error) {
  if (isFsaError(error)) console.error(error.describe());
  else if (typeof error?.code === 'string') console.error(error.message);
  else throw error;
  process.exitCode = isFsaError(error) ? error.exitCode : WRONG_WORDS;
}
