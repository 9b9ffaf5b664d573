/** The command line as a user runs it: the built program in a process of its own. */
import { resolve } from 'node:path';
import { execa, type Options, type ResultPromise } from 'execa';

export const ROOT = resolve(import.meta.dirname, '../..');
const BIN = resolve(ROOT, 'bin/fsa.js');

export interface CliResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `fsa …` to its end; never throws for an exit code. */
export async function fsa(words: readonly string[], options: Options = {}): Promise<CliResult> {
  const { exitCode, stdout, stderr } = await startFsa(words, options).child;
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}

/** Starts `fsa …`; the child is in an object because it is a promise itself. */
export function startFsa(
  words: readonly string[],
  options: Options = {},
): { child: ResultPromise<{ reject: false }> } {
  return { child: execa(process.execPath, [BIN, ...words], { ...options, stdin: 'ignore', reject: false }) };
}

/** The objects of an NDJSON output. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
