/** An eval starts at once: readers of other file formats, the hub and clusters are loaded by those who need them. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import PACKAGE from '../../package.json' with { type: 'json' };
import { loadingOf } from '../helpers/loaded-packages.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

const PROGRAM = `
import { evaluate } from './dist/index.js';
const { model, dataset, output } = JSON.parse(process.argv[1]);
const settings = { models: { tiny: model }, datasets: [dataset], epochs: 0 };
const { results } = await evaluate({ config: { eval: settings }, output });
console.log(results.cells.length, 'measured');`;

it('loads no package that an eval of plain files does without', async () => {
  const folder = await temporaryFolder();
  const inputs = { model: SAMPLE_STUDENT, dataset: await smallDataset(folder, 'atsa') };
  const words = JSON.stringify({ ...inputs, output: join(folder, 'run') });
  const { stdout, packages } = await loadingOf(['--input-type=module', '--eval', PROGRAM, words]);
  expect(stdout).toBe('1 measured');
  const direct = ['fs-native-extensions', 'tinyqueue', 'zeromq', 'zod'];
  const ours: readonly string[] = Object.keys(PACKAGE.dependencies);
  expect([...packages].filter((name) => ours.includes(name)).sort()).toEqual(direct);
});
