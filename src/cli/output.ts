/** Results to stdout, everything else to stderr. */
import type { FsaError } from '../errors.js';
import type { FsaEvent } from '../events.js';
import type { Output, OptionValues } from './command.js';

/** Chooses how progress is shown: NDJSON, nothing, a live board on a terminal, or plain lines. */
export function createOutput(options: OptionValues): Output {
  const json = options['json'] === true;
  const quiet = options['quiet'] === true;
  const live = process.stderr.isTTY && !json && !quiet;
  return {
    json,
    columns: process.stdout.isTTY ? process.stdout.columns : 120,
    color: process.stdout.isTTY && process.stdout.hasColors(),
    watch: async (run) => {
      const show = await chooseRenderer({ json, quiet, live });
      await show(run);
      return await run;
    },
    result: (value, text) => {
      if (json) writeLine({ type: 'result', time: new Date().toISOString(), ...value });
      else process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
  };
}

type Renderer = (events: AsyncIterable<FsaEvent>) => Promise<void>;

async function chooseRenderer(how: { json: boolean; quiet: boolean; live: boolean }): Promise<Renderer> {
  if (how.json) return async (events) => await forEach(events, writeLine);
  if (how.quiet) return async (events) => await forEach(events, () => undefined);
  if (how.live) return (await import('./render/board.js')).showBoard;
  return (await import('./render/plain.js')).showLines;
}

async function forEach(events: AsyncIterable<FsaEvent>, say: (event: FsaEvent) => void): Promise<void> {
  for await (const event of events) say(event);
}

function writeLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** The one place where an error becomes words. */
export function printError(error: FsaError, how: { json: boolean; stack: boolean }): void {
  if (how.json) {
    const { code, message, where, advice, problems, exitCode } = error;
    writeLine({
      type: 'error',
      time: new Date().toISOString(),
      code,
      message,
      where,
      advice,
      problems,
      exitCode,
    });
  } else process.stderr.write(`fsa: ${error.describe()}\n`);
  const { cause } = error;
  if (how.stack)
    process.stderr.write(`${error.stack ?? ''}\n${cause instanceof Error ? (cause.stack ?? '') : ''}\n`);
}
