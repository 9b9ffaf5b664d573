/** One folder for all processes of a vitest run, for what one of them makes and the others read. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Gone when the run ends. */
    readonly sharedFolder: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fsa-shared-')));
  project.provide('sharedFolder', folder);
  return async () => await rm(folder, { recursive: true, force: true });
}
