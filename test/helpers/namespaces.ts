/** Machines apart on this one: mounts and networks of their own, where this user may make them. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLinuxRoot } from '../faults/fault-place.js';

/** Why there are none; null where there are. An error where FSA_REQUIRE_ALL forbids to skip tests. */
export const noNamespaces: string | null = (() => {
  if (isLinuxRoot && spawnSync('unshare', ['--mount', '--net', 'true']).status === 0) return null;
  const why = 'namespaces of mounts and networks need root on Linux';
  if (process.env['FSA_REQUIRE_ALL'] !== undefined) throw new Error(`FSA_REQUIRE_ALL is set, and ${why}.`);
  return why;
})();

/**
 * An `ssh` whose hosts see empty folders where this machine has full ones.
 * @param shown what they see in there all the same, each as a link to where it lies
 * @returns the folder to put first in PATH
 */
export async function sshToElsewhere(
  folder: string,
  hidden: readonly string[],
  shown: Readonly<Record<string, string>>,
): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const inside = [
    ...hidden.map((path) => `mount -t tmpfs none '${path}'`),
    ...Object.entries(shown).map(
      ([path, target]) => `mkdir -p "$(dirname '${path}')"; ln -s '${target}' '${path}'`,
    ),
    'exec sh -c "$1"',
  ].join('\n');
  const script = ['#!/bin/sh', 'for word; do command=$word; done', `exec unshare --mount sh -c '`];
  const body = `${script.join('\n')}${inside.replaceAll("'", `'\\''`)}' sh "$command"\n`;
  await writeFile(join(bin, 'ssh'), body);
  await chmod(join(bin, 'ssh'), 0o755);
  return bin;
}
