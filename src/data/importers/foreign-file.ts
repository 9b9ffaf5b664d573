/** Files that should hold the benchmark's own form and may hold another one: which, and what makes a dataset of them. */
import { FsaError } from '../../errors.js';
import type { Importer } from './importer.js';
import { findFormat, headOf, recogniseFormat } from './registry.js';
import { openSource } from './source.js';

/** The form of a text that is annotated in another than the benchmark's own; null where it is that, or none. */
export function findForeignForm(text: string): Importer | null {
  const importer = findFormat(headOf(text));
  // The benchmark's form is one of those that the reader of JSON lines takes.
  return importer?.name === 'jsonl' && /"aspects"\s*:/.test(text) ? null : importer;
}

/** Whether the reader of benchmark files is the wrong one, be it that nobody can read the file. */
export async function isForeignFile(path: string, signal?: AbortSignal): Promise<boolean> {
  return isForeign((await openSource(path, null, signal)).head);
}

function isForeign(text: string): boolean {
  if (/^\s*\[\s*\]\s*$/.test(text)) return false;
  return !/"(?:sentence|aspects)"\s*:/.test(text) || findForeignForm(text) !== null;
}

/**
 * Does nothing where the file may be in the benchmark's own form.
 * @throws FsaError DATA naming the form of the file, or the nearest and all that are read where it has none
 */
export async function refuseForeignFile(path: string, signal?: AbortSignal): Promise<void> {
  const source = await openSource(path, null, signal);
  if (!isForeign(source.head)) return;
  const { name, form } = recogniseFormat(source);
  throw new FsaError('DATA', `The file has the form ${name} (${form}), not the benchmark's own.`, {
    where: `${path}:1`,
    advice: `\`fsa data import ${path} --output DIR\` makes a dataset of it.`,
  });
}
