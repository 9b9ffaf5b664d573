/** Results to stdout, everything else to stderr. */
import { once } from 'node:events';
import { readEnvironment } from '../config/environment.js';
import type { FsaError } from '../errors.js';
import type { FsaEvent } from '../events.js';
import { printable, printableJson, printableLine } from '../printable.js';
import type { Output, OptionValues } from './command.js';
import { columnsOf } from './render/frame.js';

/** Chooses how progress is shown: NDJSON, nothing, a live board on a terminal, or plain lines. */
export function createOutput(options: OptionValues): Output {
  const json = options['json'] === true;
  const quiet = options['quiet'] === true;
  const color = process.stdout.isTTY && process.stdout.hasColors();
  const live = process.stderr.isTTY && !json && !quiet && !wantsPlainLines();
  return {
    json,
    columns: process.stdout.isTTY ? columnsOf(process.stdout) : 120,
    color,
    watch: async (run, { resultSaysAll = false } = {}) => {
      const show = await chooseRenderer({ json, quiet: quiet || (resultSaysAll && !live), live });
      await show(run);
      return await run;
    },
    line: async (value, text) => {
      const line = json ? printableJson(value) : printableLine(text);
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
    },
    remark: (text) => {
      if (!json && !quiet) process.stderr.write(`${printableLine(text)}\n`);
    },
    result: (value, text) => {
      if (json) writeLine({ type: 'result', time: new Date().toISOString(), ...value });
      else writeText(process.stdout, text, color);
    },
  };
}

/** Build services draw no boards though some give a terminal; a dumb terminal cannot. */
function wantsPlainLines(): boolean {
  return !/^(|0|false)$/i.test(readEnvironment('CI') ?? '') || readEnvironment('TERM') === 'dumb';
}

type Renderer = (events: AsyncIterable<FsaEvent>) => Promise<void>;

async function chooseRenderer(how: { json: boolean; quiet: boolean; live: boolean }): Promise<Renderer> {
  if (how.json) return async (events) => await forEach(events, writeLine);
  if (how.quiet) return async (events) => await forEach(events, () => undefined);
  if (how.live) return (await import('./render/board.js')).showBoard;
  return (await import('./render/plain.js')).showLines;
}

async function forEach(events: AsyncIterable<FsaEvent>, show: (event: FsaEvent) => void): Promise<void> {
  for await (const event of events) show(event);
}

function writeLine(value: object): void {
  process.stdout.write(`${printableJson(value)}\n`);
}

/** Our own colours pass where colours were asked for; the renderers that paint make what they paint printable. */
function writeText(stream: NodeJS.WriteStream, text: string, color: boolean): void {
  const safe = color
    ? text
        .split(OWN_COLORS)
        .map((part, index) => (index % 2 === 0 ? printable(part) : part))
        .join('')
    : printable(text);
  stream.write(safe.endsWith('\n') ? safe : `${safe}\n`);
}

const OWN_COLORS = /(\u001b\[(?:0|1|2|22|31|32)m)/;

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
    process.stderr.write(
      printable(`${error.stack ?? ''}\n${cause instanceof Error ? (cause.stack ?? '') : ''}\n`),
    );
}
