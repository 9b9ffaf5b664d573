/** Processes of this machine by a variable that they were started with: who inherits it belongs to whoever set it. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** @param variable `NAME=value`, whole */
export async function processesWith(variable: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => read(`/proc/${pid}/environ`).includes(`${variable}\0`)).map(Number);
}

/** Ranks of trainings of runs in a folder, wherever they were started; not what passes words on to them. */
export async function ranksOf(folder: string, variable = ''): Promise<number[]> {
  const pids = await processesWith(variable);
  return pids.filter((pid) => {
    const [python, option, program] = read(`/proc/${pid}/cmdline`).split('\0');
    // By the name that the run's cache gives the interpreter.
    const isRank = option === '-c' && program?.includes('distill_rank') === true;
    return isRank && python?.startsWith(folder) === true;
  });
}

export function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
