/** A command is data: its words, and what it runs once they are understood. */
import type { FsaEvent } from '../events.js';

export interface CommandOption {
  /** As commander writes it: `--seeds <list>`. */
  readonly flags: string;
  readonly description: string;
  /** The setting that it overrides, such as `eval.seeds`: help shows what the preset `paper` has there. */
  readonly setting?: string;
  /** The option may be given several times; its values come as an array. */
  readonly repeatable?: boolean;
  /** Turns the text into a value; throws a sentence about what is wrong with it. */
  readonly parse?: (text: string) => unknown;
}

/** What a command takes and does. */
export interface CommandBody {
  /** `[run...]`: commander's way to name arguments. */
  readonly argument?: { readonly form: string; readonly description: string };
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  /** Groups of commands have members instead of a `run`. */
  readonly members?: readonly Command[];
  readonly run?: (input: CommandInput) => Promise<number>;
  /** What the first signal begins, for a command that saves nothing on the way. */
  readonly ending?: string;
}

/** A command with the words that the list of commands has for it. */
export interface Command extends CommandBody {
  readonly name: string;
  readonly summary: string;
}

/** A command that is not loaded yet. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandBody>;
}

/** Option values by camel-case name; absent where not given. */
export type OptionValues = Readonly<Record<string, unknown>>;

export interface CommandInput {
  readonly args: readonly string[];
  readonly options: OptionValues;
  readonly output: Output;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface WatchHow {
  /** What happens on the way stands in the result again: told on a live board alone. */
  readonly resultSaysAll?: boolean;
}

/** Where a command's words go: results to stdout, progress to stderr. */
export interface Output {
  readonly json: boolean;
  /** Width of the terminal in characters, and whether it shows colours. */
  readonly columns: number;
  readonly color: boolean;
  /** Shows a run's events until it ends; resolves with its result. */
  watch<T>(run: Promise<T> & AsyncIterable<FsaEvent>, how?: WatchHow): Promise<T>;
  /** One of many results, in their order: `text` for people, `value` as an NDJSON line with `--json`. */
  line(value: object, text: string): Promise<void>;
  /** A word on how it went, beside the results: to stderr, where nobody asked for quiet. */
  remark(text: string): void;
  /** The command's result: `text` for people, `value` as the last NDJSON line with `--json`. */
  result(value: object, text: string): void;
}
