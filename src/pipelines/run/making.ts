/** On what and by what words a run is made: what a reader needs to have its numbers again. */
import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { PACKAGE_FOLDER } from '../../config/package-folder.js';
import type { RunFile } from '../../runs/types.js';
import { askProgram } from '../../runtime/ask-program.js';
import { nameGpus } from '../../runtime/gpus.js';

export async function describeMaking(): Promise<NonNullable<RunFile['made']>> {
  const [commit, gpus] = await Promise.all([readCommit(PACKAGE_FOLDER), nameGpus()]);
  return {
    commands: [describeCommand(process.argv)],
    commit,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    gpus,
    memoryBytes: totalmem(),
  };
}

/**
 * The words of a process as they would be typed: `fsa eval …`, or the script of a program that calls the library.
 * Names, passwords and queries of addresses and the values of keys are not told.
 */
export function describeCommand([, script = '', ...words]: readonly string[]): string {
  const name = basename(script).replace(/\.[cm]?js$/, '');
  const program = name === 'fsa' ? 'fsa' : `node ${basename(script)}`;
  return [program, ...words.map((word, place) => quote(conceal(word, words[place - 1])))].join(' ');
}

const SECRET = /(key|token|secret|password)$/i;

function conceal(word: string, before: string | undefined): string {
  const withoutLogin = word.replace(/(:\/\/)[^/@\s]*@/g, '$1…@').replace(/(:\/\/[^?\s]*\?).*/, '$1…');
  const at = withoutLogin.indexOf('=');
  if (at > 0 && SECRET.test(withoutLogin.slice(0, at))) return `${withoutLogin.slice(0, at)}=…`;
  return before?.startsWith('--') === true && SECRET.test(before) ? '…' : withoutLogin;
}

function quote(word: string): string {
  return /^[\w@%+=:,./…-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The commit of a clone, `…+` where files differ from it; null for an installed package. */
export async function readCommit(folder: string): Promise<string | null> {
  if (!existsSync(join(folder, '.git'))) return null;
  const ask = async (...words: string[]) => {
    const told = await askProgram('git', ['--no-optional-locks', '-C', folder, ...words]);
    return told?.trim() ?? '';
  };
  const [head, changes] = await Promise.all([
    ask('rev-parse', 'HEAD'),
    ask('status', '--porcelain', '--untracked-files=no'),
  ]);
  if (!/^[0-9a-f]{40,64}$/.test(head)) return null;
  return changes === '' ? head : `${head}+`;
}
