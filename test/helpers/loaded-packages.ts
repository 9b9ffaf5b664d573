/** Which packages a program has Node load: what it does not need costs its users time before anything happens. */
import { execa } from 'execa';
import { ROOT } from './cli.js';

const TELL_LOADED = `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(
  'export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }'));`;

export interface Loading {
  readonly stdout: string;
  readonly packages: ReadonlySet<string>;
}

/** Runs `node …` in this repository to its end. Of CommonJS only the file that a module asks for is seen. */
export async function loadingOf(words: readonly string[]): Promise<Loading> {
  const hook = `data:text/javascript,${encodeURIComponent(TELL_LOADED)}`;
  const { stdout, stderr } = await execa(process.execPath, ['--import', hook, ...words], { cwd: ROOT });
  const packages = [...stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].map(([, name = '']) => name);
  return { stdout, packages: new Set(packages) };
}
