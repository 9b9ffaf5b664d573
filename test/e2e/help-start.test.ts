/** Help comes at once: nothing that reads settings, data or messages is loaded for it. */
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { ROOT } from '../helpers/cli.js';

const TELL_LOADED = `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(
  'export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }'));`;

it('loads no package but the one that reads the command line', async () => {
  const hook = `data:text/javascript,${encodeURIComponent(TELL_LOADED)}`;
  const { stdout, stderr } = await execa(process.execPath, [
    '--import',
    hook,
    join(ROOT, 'bin/fsa.js'),
    '--help',
  ]);
  expect(stdout).toContain('Usage: fsa');
  expect(stderr).toContain('/dist/cli/main.js');
  const packages = [...stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].map(([, name]) => name);
  expect(new Set(packages)).toEqual(new Set(['commander']));
});
