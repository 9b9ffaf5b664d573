/** One side of a comparison: a process of its own that says its numbers as its last line. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { Bench } from './bench.js';
import { PYTHON_FOLDER } from './folders.js';

export interface Measured {
  readonly stdout: string;
  /** From start to end of the process. */
  readonly seconds: number;
  /** Of the process and all it started. */
  readonly cpuSeconds: number;
}

const clockSchema = z.object({ seconds: z.number(), cpuSeconds: z.number() });

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a command to its end. @throws Error with the end of what it said, where it fails */
export async function runCommand({ command, args, env }: Command): Promise<string> {
  const result = await execa(command, args, { env, extendEnv: false, reject: false, stdin: 'ignore' });
  if (result.exitCode === 0) return result.stdout;
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-12).join('\n');
  const how = result.signal === undefined ? `ended with ${result.exitCode}` : `was ended by ${result.signal}`;
  throw new Error(`${[command, ...args].join(' ')} ${how}:\n${said}`);
}

/** Runs a command and measures the whole of it, its children included. */
export async function measureCommand(bench: Bench, { command, args, env }: Command): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-clock-'));
  try {
    const clock = join(folder, 'clock.json');
    const script = join(PYTHON_FOLDER, 'measured.py');
    const stdout = await runCommand({
      command: bench.yardstickPython,
      args: [script, clock, command, ...args],
      env,
    });
    return { stdout, ...clockSchema.parse(JSON.parse(await readFile(clock, 'utf8'))) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The last line that is a JSON object; libraries may talk before and after. @throws Error where there is none */
export function lastJson(text: string): unknown {
  for (const line of text.trim().split('\n').toReversed()) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // A line of a library.
    }
  }
  throw new Error(`No line of JSON in what the process said: ${text.slice(-300)}`);
}
