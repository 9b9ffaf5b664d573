/** The command of olah, installed once into an environment of its own where the network allows it. */
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ROOT } from '../../helpers/cli.js';
import { sha256 } from '../../fixtures/hub-faults.js';
import { runtimePython } from '../../helpers/python.js';

const VERSION = '0.5.4';
/** olah itself names no versions of what it needs. */
const CONSTRAINTS = join(import.meta.dirname, 'olah-constraints.txt');
const PINS = sha256(readFileSync(CONSTRAINTS)).slice(0, 8);
/** Kept between runs of one checkout, and made anew where the pins change. */
const FOLDER = join(ROOT, 'node_modules/.cache', `olah-${VERSION}-${PINS}`);
const MOST_SECONDS = 150;

/** Path of `olah-cli`: FSA_TEST_OLAH, or our own; null, with a word about why, where it cannot be had. */
export async function findOlah(): Promise<string | null> {
  const named = process.env['FSA_TEST_OLAH'];
  if (named !== undefined) return named;
  const mark = join(FOLDER, 'whole');
  try {
    if (!existsSync(mark)) {
      await rm(FOLDER, { recursive: true, force: true });
      const how = { timeout: MOST_SECONDS * 1000 };
      await execa(await runtimePython(), ['-m', 'venv', FOLDER], how);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
      const what = ['--constraint', CONSTRAINTS, `olah==${VERSION}`];
      await execa(join(FOLDER, 'bin/python'), [...pip, ...what], how);
      await writeFile(mark, '');
    }
    return join(FOLDER, 'bin/olah-cli');
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    console.warn(`Skipped: olah ${VERSION} could not be installed (${why ?? ''}).`);
    return null;
  }
}
