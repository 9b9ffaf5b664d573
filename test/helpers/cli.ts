/** The command line as a user runs it: the built program in a process of its own. */
import { resolve } from 'node:path';
import { execa, type Options } from 'execa';

export const ROOT = resolve(import.meta.dirname, '../..');
const BIN = resolve(ROOT, 'bin/fsa.js');

export interface CliResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `fsa …` to its end; never throws for an exit code. */
export async function fsa(words: readonly string[], options: Options = {}): Promise<CliResult> {
  return await startFsa(words, options).ended;
}

export interface RunningCli {
  readonly pid: number | undefined;
  readonly ended: Promise<CliResult>;
  /** Calls back with everything that stdout has said so far, each time it says more. */
  readonly onStdout: (listener: (said: string) => void) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export function startFsa(words: readonly string[], options: Options = {}): RunningCli {
  const child = execa(process.execPath, [BIN, ...words], {
    ...options,
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
  });
  const end = async (): Promise<CliResult> => {
    const { exitCode, stdout, stderr } = await child;
    return { exitCode, stdout: String(stdout), stderr: String(stderr) };
  };
  return {
    pid: child.pid,
    ended: end(),
    onStdout: (listener) => {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => listener((said += chunk.toString())));
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** The objects of an NDJSON output. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
