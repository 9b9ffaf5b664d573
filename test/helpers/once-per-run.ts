/** What is made once for all test files of a run, whichever of them asks first. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { inject } from 'vitest';

/**
 * The value as it was made, to the bit.
 * @param name of a file
 */
export async function oncePerRun(name: string, make: () => Promise<unknown>): Promise<unknown> {
  const path = join(inject('sharedFolder'), name);
  const making = `${path}.making`;
  while (!existsSync(path)) {
    const isOurs = await mkdir(making).then(
      () => true,
      () => false,
    );
    if (!isOurs) {
      await sleep(50);
      continue;
    }
    try {
      if (existsSync(path)) break;
      await writeFile(`${path}.new`, serialize(await make()));
      await rename(`${path}.new`, path);
    } finally {
      await rmdir(making);
    }
  }
  return deserialize(await readFile(path));
}
