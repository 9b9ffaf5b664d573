/** Words into a command, its arguments and its options; help and mistakes are answered here. */
import { Command as Parser, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FsaError, messageOf } from '../errors.js';
import { hideKeys } from '../printable.js';
import type { Command, CommandEntry, CommandOption, OptionValues } from './command.js';
import { loadCommand } from './commands/index.js';
import { describeDefault, describeEnvironment, describeExamples } from './help.js';
import { readOwnVersion } from '../config/version.js';

export type Parsed =
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly args: readonly string[];
      readonly options: OptionValues;
    }
  /** Help or the version was shown. */
  | { readonly kind: 'shown'; readonly exitCode: number };

/** @throws FsaError USAGE with what is wrong and where help is */
export async function parseCommandLine(
  entries: readonly CommandEntry[],
  words: readonly string[],
): Promise<Parsed> {
  const chosen: { parsed: Parsed | null } = { parsed: null };
  const program = new Parser('fsa')
    .description(
      'Distil the sentiment understanding of large language models into small ones, and measure it.',
    )
    .version(readOwnVersion(), '-v, --version')
    .addHelpText('after', () => `\n${describeEnvironment()}`);
  configure(program);
  for (const entry of entries) {
    // The others are there by name, for the list of commands and for suggestions.
    if (words.includes(entry.name))
      addCommand(program, await loadCommand(entry), (found) => (chosen.parsed = found));
    else program.command(entry.name).description(entry.summary);
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'shown', exitCode: 0 };
    if (error.code === 'commander.help') return { kind: 'shown', exitCode: 2 };
    throw new FsaError('USAGE', tidy(error.message), {
      advice: `See \`${helpCommandFor(program, words)}\`.`,
    });
  }
  return chosen.parsed ?? { kind: 'shown', exitCode: 2 };
}

function addCommand(parent: Parser, command: Command, choose: (parsed: Parsed) => void): void {
  const parser = parent.command(command.name).description(command.summary);
  configure(parser);
  if (command.argument !== undefined) parser.argument(command.argument.form, command.argument.description);
  for (const option of command.options) parser.addOption(toOption(option));
  if (command.examples.length > 0) parser.addHelpText('after', `\n${describeExamples(command.examples)}`);
  for (const member of command.members ?? []) addCommand(parser, member, choose);
  if (command.run === undefined) return;
  parser.action(() => {
    const args = parser.args;
    choose({ kind: 'run', command, args, options: parser.opts() });
  });
}

/** Mistakes come back as exceptions, and nothing but help is printed here. */
function configure(parser: Parser): void {
  const writeErr = (text: string): void => {
    if (!text.startsWith('error:')) process.stderr.write(text);
  };
  parser.exitOverride().showSuggestionAfterError().configureOutput({ writeErr });
}

function toOption({ flags, description, setting, repeatable, parse }: CommandOption): Option {
  const option = new Option(flags, description + describeDefault(setting));
  // `--no-worse-than <run>` begins like a negation and is none: it takes a value.
  if (flags.includes('<')) option.negate = false;
  if (parse === undefined && repeatable !== true) return option;
  return option.argParser((text: string, previous: unknown) => {
    const value = parse === undefined ? text : parseOrRefuse(parse, text);
    if (repeatable !== true) return value;
    return [...(Array.isArray(previous) ? (previous as unknown[]) : []), value];
  });
}

function parseOrRefuse(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

function tidy(message: string): string {
  const [first = message, ...rest] = message.replace(/^error: /, '').split('\n');
  const sentence = first.charAt(0).toUpperCase() + first.slice(1) + (/[.!?)]$/.test(first) ? '' : '.');
  const withoutValue = sentence.replace(/^(Unknown option '--[^=']*)=[^']*/, '$1');
  return hideKeys([withoutValue, ...rest].join(' ').trim());
}

/** The innermost command that the words name: its help has the option that was meant. */
function helpCommandFor(program: Parser, words: readonly string[]): string {
  const named: string[] = ['fsa'];
  let inner: { readonly commands: readonly Parser['commands'][number][] } = program;
  for (const word of words) {
    const member = inner.commands.find((one) => one.name() === word);
    if (member === undefined) break;
    named.push(word);
    inner = member;
  }
  return `${named.join(' ')} --help`;
}
