/** Which packages a program has Node load: what it does not need costs its users time before anything happens. */
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { ROOT } from './cli.js';

const TELL_LOADED = `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(
  'export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }'));`;

export interface Loading {
  readonly stdout: string;
  readonly packages: ReadonlySet<string>;
  /** Files of this package. */
  readonly files: number;
}

/**
 * Runs `node …` in this repository to its end. Of CommonJS only the file that a module asks for is seen; packages that
 * the build has taken in count like others.
 */
export async function loadingOf(words: readonly string[]): Promise<Loading> {
  const hook = `data:text/javascript,${encodeURIComponent(TELL_LOADED)}`;
  const { stdout, stderr } = await execa(process.execPath, ['--import', hook, ...words], { cwd: ROOT });
  const found = stderr.matchAll(/(?:node_modules\/((?:@[^/]+\/)?[^/]+)\/|dist\/chunks\/(commander|zod)-)/g);
  const packages = Array.from(found, ([, installed, bundled = '']) => installed ?? bundled);
  const files = stderr.split('\n').filter((line) => line.startsWith(pathToFileURL(ROOT).href));
  return { stdout, packages: new Set(packages), files: files.length };
}
