/**
 * Whether the words of a local cell cost more than in another tree: processor's milliseconds of both ends. Both trees
 * run at the same time, so that a machine that is slower a minute later is so for both.
 *
 *   node --import tsx bench/wire/compare.ts OTHER_TREE [TURNS] [CELLS]
 *
 * OTHER_TREE is a checkout with node_modules of its own.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readRuntime } from '../../src/runtime/locate.js';
import { lastJson, runCommand } from '../lib/child.js';
import { ROOT } from '../lib/folders.js';

const [other = '', turns = '5', cells = '40'] = process.argv.slice(2);
const costSchema = z.object({ node: z.number(), python: z.number() });
type Cost = z.infer<typeof costSchema>;

const { python } = await readRuntime();

async function measure(tree: string): Promise<Cost> {
  const args = ['--import', 'tsx', join(ROOT, 'bench/wire/child.ts'), tree, python, cells];
  return costSchema.parse(lastJson(await runCommand({ command: process.execPath, args, env: process.env })));
}

const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const found: { readonly there: Cost; readonly here: Cost }[] = [];
for (let turn = 0; turn < Number(turns); turn += 1) {
  const [there, here] = await Promise.all([measure(other), measure(ROOT)]);
  found.push({ there, here });
  console.error(
    `turn ${turn + 1}: ${describe(there)} there, ${describe(here)} here, load ${loadavg()[0]?.toFixed(1)}`,
  );
}
for (const end of ['node', 'python'] as const) {
  const [there, here] = [found.map((one) => one.there[end]), found.map((one) => one.here[end])];
  const ratios = found.map((one) => one.here[end] / one.there[end]);
  console.log(
    `${end}: ${medianOf(there).toFixed(2)} ms a cell there, ${medianOf(here).toFixed(2)} ms here; ` +
      `ratio ${medianOf(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`,
  );
}

function describe({ node, python: worker }: Cost): string {
  return `${node.toFixed(2)} + ${worker.toFixed(2)} ms`;
}
