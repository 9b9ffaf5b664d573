/** What draws the report is loaded while the first worker starts, and not before. */
import { expect, it } from 'vitest';
import { loadingOf } from '../helpers/loaded-packages.js';

const PROGRAM = `
import { earlyReport } from './src/cli/early-report.ts';
const sink = earlyReport();
for (const type of process.argv.slice(1)) sink.event({ type });`;

/** What loads the sources themselves. */
const TYPESCRIPT = ['tsx', 'esbuild'];

async function packagesAfter(...events: string[]): Promise<ReadonlySet<string>> {
  return (await loadingOf(['--import', 'tsx', '--input-type=module', '--eval', PROGRAM, ...events])).packages;
}

it('loads what draws charts once a worker starts', async () => {
  expect(await packagesAfter('run-started', 'worker-started', 'worker-started')).toContain('vega-lite');
});

it('loads nothing for a run that starts no worker', async () => {
  expect([...(await packagesAfter('run-started', 'job-skipped', 'run-finished'))]).toEqual(TYPESCRIPT);
});
