/** Processes of this machine by a variable that they were started with: who inherits it belongs to whoever set it. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** @param variable `NAME=value`, whole */
export async function processesWith(variable: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environmentOf(pid).includes(`${variable}\0`)).map(Number);
}

export function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone.
  }
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
