/** Help comes at once: nothing that reads settings, data or messages is loaded for it. */
import { expect, it } from 'vitest';
import { loadingOf } from '../helpers/loaded-packages.js';

it('loads no package but the one that reads the command line', async () => {
  const { stdout, packages } = await loadingOf(['bin/fsa.js', '--help']);
  expect(stdout).toContain('Usage: fsa');
  expect(packages).toEqual(new Set(['commander']));
});
