/** A command of Slurm's, to its end: one that hangs or fails is told in a sentence, and nothing of it is left. */
import { execa } from 'execa';
import { FsaError } from '../../../errors.js';
import { describeEnd } from '../../errors.js';
import type { Patience } from '../patience.js';

const COMMAND_SECONDS = 60;

export interface CommandInput {
  /** On standard input. */
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Its standard output. @throws FsaError RUNTIME with what it said */
export async function runSlurm(
  command: string,
  words: readonly string[],
  input: CommandInput,
  patience: Patience,
): Promise<string> {
  return await patience.limit(COMMAND_SECONDS, async (limit) => {
    const result = await runInGroup(command, words, input, limit);
    if (!result.failed) return result.stdout;
    const isMissing = result.code === 'ENOENT';
    const said = result.stderr.split('\n').filter((line) => line.trim() !== '');
    const silence = patience.ending ? 'it did not answer' : `it did not answer within ${COMMAND_SECONDS} s`;
    // Never the command itself, which may be long.
    const silent = limit.aborted
      ? silence
      : `it ${describeEnd(result.exitCode ?? null, result.signal ?? null)} without a word`;
    throw new FsaError('RUNTIME', isMissing ? `There is no ${command} here.` : `${command} failed.`, {
      where: command,
      problems: isMissing ? [] : [...said.slice(-4), ...(limit.aborted || said.length === 0 ? [silent] : [])],
      advice: isMissing
        ? 'Run fsa on a machine that submits jobs to Slurm.'
        : 'Ask Slurm with sinfo and squeue.',
    });
  });
}

/** In a group of its own: sites wrap these commands in scripts, whose children would hold the pipes for ever. */
async function runInGroup(
  command: string,
  words: readonly string[],
  { script = '', env = {} }: CommandInput,
  limit: AbortSignal,
) {
  const child = execa(command, words, { reject: false, input: script, env, detached: true, cleanup: false });
  const end = (): void => endGroup(child.pid);
  limit.addEventListener('abort', end, { once: true });
  return await child;
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: it has just ended.
  }
}
