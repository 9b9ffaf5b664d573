/** Where an export is made and what it becomes: in a folder beside its place, which it takes in one step. */
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FsaError } from '../../errors.js';
import { hashBytes } from '../../storage/digest.js';
import { isThere } from '../../storage/is-there.js';
import { makeFolder } from '../../storage/make-folder.js';
import { isProcessAlive } from '../../storage/process-alive.js';

/** What only an export has, in one layout or the other. */
const EXPORT_MARKS = ['step.onnx', 'onnx/decoder_model_merged.onnx'];
/** An earlier export, while another takes its place. */
const REPLACED = 'replaced';

/** An export may be replaced, and nothing else. */
export async function refuseForeignFolder(output: string): Promise<void> {
  if (!(await isThere(output))) return;
  for (const mark of EXPORT_MARKS) if (await isThere(join(output, mark))) return;
  throw new FsaError('CONFIG', 'The output is there already, and is no export.', {
    where: output,
    advice: 'Name a folder that is not there yet.',
  });
}

/** A folder on the output's disk; what exports to the same output have left that were killed is cleared away first. */
export async function openScratch(output: string): Promise<string> {
  const parent = dirname(output);
  await makeFolder(parent);
  const mark = `.${basename(output)}-${hashBytes(hostname()).slice(0, 8)}-`;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(mark)) continue;
    if (isProcessAlive(Number(name.slice(mark.length).split('-')[0]))) continue;
    const left = join(parent, name);
    // Killed between the two names.
    if (!(await isThere(output)) && (await isThere(join(left, REPLACED))))
      await rename(join(left, REPLACED), output);
    await rm(left, { recursive: true, force: true });
  }
  return await mkdtemp(join(parent, `${mark}${process.pid}-`));
}

/** @param from a folder in the scratch folder */
export async function replaceFolder(from: string, to: string): Promise<void> {
  if (await isThere(to)) await rename(to, join(dirname(from), REPLACED));
  await rename(from, to);
}
