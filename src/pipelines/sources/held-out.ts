/** The sentences that students are measured with: no corpus should hold them. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { readDataset } from '../../data/benchmark/dataset.js';
import type { BenchmarkExample } from '../../tasks/example.js';
import type { Task } from '../../tasks/vocabulary.js';
import type { Work } from '../run/run-handle.js';
import { readAnnotatedFile } from './annotated-file.js';

export interface HeldOut {
  readonly part: string;
  readonly examples: readonly BenchmarkExample[];
}

/**
 * Dev and test sentences of a dataset; of one annotated file all.
 * @throws FsaError DATA
 */
export async function readHeldOut(
  spec: string,
  {
    cwd,
    task,
    ...work
  }: Pick<Work, 'emit' | 'signal'> & { readonly cwd: string; readonly task?: Task | undefined },
): Promise<HeldOut[]> {
  const path = resolve(cwd, spec);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    const { examples } = await readAnnotatedFile(path, { ...work, task });
    return [{ part: basename(path), examples }];
  }
  const { dev, test } = await readDataset(spec, { cwd, ...(task === undefined ? {} : { task }) });
  return [
    { part: `${spec} dev`, examples: dev },
    { part: `${spec} test`, examples: test },
  ];
}
