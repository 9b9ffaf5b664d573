/** A short question to another program: what it prints, where it ends well and in time. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const PATIENCE_MILLISECONDS = 10_000;

/** Standard output as it came; null where the program is not there, fails, or takes longer than ten seconds. */
export async function askProgram(command: string, words: readonly string[]): Promise<string | null> {
  try {
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'ignore'],
      // Its timer holds nobody up; that of `timeout` would, for a program that is not there.
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
      windowsHide: true,
    });
    const ended = new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      child.once('close', (code) => resolve(code === 0));
    });
    const said = await text(child.stdout);
    return (await ended) ? said : null;
  } catch {
    return null;
  }
}
