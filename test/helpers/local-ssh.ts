/** An `ssh` to this machine whatever the host is called. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temp-folder.js';

/**
 * Runs the command here; it outlives whoever started it, as far as nobody tells it to end.
 * @returns the folder to put first in PATH
 */
export async function openLocalSsh(): Promise<string> {
  const bin = await temporaryFolder();
  await mkdir(bin, { recursive: true });
  const script = '#!/bin/sh\nfor word; do command=$word; done\nexec setsid --wait sh -c "$command"\n';
  await writeFile(join(bin, 'ssh'), script);
  await chmod(join(bin, 'ssh'), 0o755);
  return bin;
}
