/** The one question before a data file is opened: whether it is a file that can be read more than once. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { FsaError } from '../../errors.js';

const NO_FILE: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  ENOTDIR: 'There is no such file.',
  ELOOP: 'This is a link that leads back to itself.',
};

/**
 * What is known of a file before it is opened: opening a pipe that nobody writes to waits beyond every signal.
 * @throws FsaError DATA where there is no file, or it is a folder, a pipe or a device
 */
export async function statOrdinaryFile(path: string): Promise<Stats> {
  const found = await stat(path).catch((cause: unknown) => {
    const what = NO_FILE[(cause as NodeJS.ErrnoException).code ?? ''];
    throw what === undefined ? cause : refused(path, what, 'Check the path.', cause);
  });
  if (found.isDirectory()) throw refused(path, 'This is a folder, not a file.', 'Check the path.');
  if (found.isFile()) return found;
  // Files are read several times: to see what they are, to count, to take their rows.
  const advice = 'Write what it holds into a file, and name that.';
  throw refused(path, 'This is a pipe or a device, not a file.', advice);
}

function refused(path: string, what: string, advice: string, cause?: unknown): FsaError {
  return new FsaError('DATA', what, { where: path, advice, cause });
}
