/** Machines apart on this one: mounts and networks of their own, where this user may make them. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { isLinuxRoot } from '../faults/fault-place.js';

/** Why there are none; null where there are. An error where FSA_REQUIRE_ALL forbids to skip tests. */
export const noNamespaces = whyNot(
  () => runs('unshare', '--mount', '--net', 'true'),
  'namespaces of mounts and networks need root on Linux',
);

/** The same of networks with a cable between them. */
export const noNetworks = whyNot(
  () => runs('ip', 'netns', 'list') && runs('unshare', '--net', 'ip', 'link', 'add', 'x', 'type', 'veth'),
  'networks of their own need root on Linux and iproute2',
);

function whyNot(canBe: () => boolean, why: string): string | null {
  if (isLinuxRoot && canBe()) return null;
  if (process.env['FSA_REQUIRE_ALL'] !== undefined) throw new Error(`FSA_REQUIRE_ALL is set, and ${why}.`);
  return why;
}

function runs(program: string, ...words: string[]): boolean {
  return spawnSync(program, words).status === 0;
}

/** A network with nothing in it but one end of a cable; the other end is here. Gone when the test is over. */
export interface Network {
  /** Of this end. */
  readonly address: string;
  /** The same program, run in there; it keeps its process id. */
  inside(command: { readonly python: string; readonly arguments: readonly string[] }): {
    readonly python: string;
    readonly arguments: readonly string[];
  };
  cut(): void;
  heal(): void;
}

let opened = 0;

export async function openNetwork(): Promise<Network> {
  opened += 1;
  const name = `fsa-${process.pid}-${opened}`;
  const [near, far] = [`fn${process.pid}.${opened}`, `ff${process.pid}.${opened}`];
  // Of the block set aside for tests of networks (RFC 2544); two processes rarely meet in one of its 16,384 pairs.
  const pair = (process.pid * 31 + opened) % 16_384;
  const net = `198.${18 + (pair >> 13)}.${(pair >> 5) & 255}`;
  const [here, there] = [1, 2].map((host) => `${net}.${8 * (pair & 31) + host}`) as [string, string];
  const ip = async (...words: string[]): Promise<unknown> => await execa('ip', words);
  await ip('netns', 'add', name);
  onTestFinished(async () => {
    // Takes both ends of the cable with it.
    await ip('netns', 'del', name);
  });
  await ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
  await ip('address', 'add', `${here}/29`, 'dev', near);
  await ip('link', 'set', near, 'up');
  await ip('-n', name, 'address', 'add', `${there}/29`, 'dev', far);
  for (const device of ['lo', far]) await ip('-n', name, 'link', 'set', device, 'up');
  const set = (state: string): void => void spawnSync('ip', ['link', 'set', near, state]);
  return {
    address: here,
    inside: ({ python, arguments: words }) => ({
      python: 'ip',
      arguments: ['netns', 'exec', name, python, ...words],
    }),
    cut: () => set('down'),
    heal: () => set('up'),
  };
}

/**
 * An `ssh` whose hosts see empty folders where this machine has full ones.
 * @param shown what they see in there all the same, each as a link to where it lies
 * @param rooms disks of so many kilobytes each, which the host `one` alone has
 * @returns the folder to put first in PATH
 */
export async function sshToElsewhere(
  folder: string,
  hidden: readonly string[],
  shown: Readonly<Record<string, string>>,
  rooms: Readonly<Record<string, number>> = {},
): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const inside = [
    ...hidden.map((path) => `mount -t tmpfs none '${path}'`),
    ...Object.entries(shown).map(
      ([path, target]) => `mkdir -p "$(dirname '${path}')"; ln -s '${target}' '${path}'`,
    ),
    ...Object.entries(rooms).map(
      ([path, kilobytes]) =>
        `mkdir -p '${path}'; [ "$2" != one ] || mount -t tmpfs -o size=${kilobytes}k none '${path}'`,
    ),
    'exec sh -c "$1"',
  ].join('\n');
  const script = [
    '#!/bin/sh',
    'for word; do host=$command; command=$word; done',
    `exec unshare --mount sh -c '`,
  ];
  const body = `${script.join('\n')}${inside.replaceAll("'", `'\\''`)}' sh "$command" "$host"\n`;
  await writeFile(join(bin, 'ssh'), body);
  await chmod(join(bin, 'ssh'), 0o755);
  return bin;
}
