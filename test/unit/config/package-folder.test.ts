/** What the package brings is found from wherever a module of it lies. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type OwnProgram, ownProgram, PACKAGE_FOLDER } from '../../../src/config/package-folder.js';
import { ROOT } from '../../helpers/cli.js';

it('finds the folder with package.json above the sources', () => {
  expect(PACKAGE_FOLDER).toBe(ROOT);
});

const PROGRAMS: Record<OwnProgram, true> = {
  'inference/thread': true,
  'runtime/bridge': true,
  'workers/blobs/thread': true,
};

it.each(Object.keys(PROGRAMS) as OwnProgram[])('names a program that is built of a source: %s', (name) => {
  expect(existsSync(join(ROOT, 'src', `${name}.ts`))).toBe(true);
  expect(existsSync(ownProgram(name))).toBe(true);
});
