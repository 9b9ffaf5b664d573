/** Where the time of a step goes on either side, as a table; the shares come from torch's own profiler. */
import { z } from 'zod';
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import { markdownTable } from '../lib/markdown-table.js';
import { distillCase, finetuneCase } from './training.js';
import { runScript } from './sides.js';

const profileSchema = z.object({ shares: z.record(z.string(), z.number()) });

/** One table for a step of each stage, the yardstick's shares beside ours; quick: one short step of one stage. */
export async function profileSteps(bench: Bench, shape: Shape): Promise<string> {
  const distill = { ...distillCase(shape, true), accumulation: 2 };
  const finetune = finetuneCase(shape, true);
  const cases = bench.options.quick ? [{ ...finetune, steps: 1 }] : [distill, { ...finetune, steps: 4 }];
  const columns: { head: string; shares: Readonly<Record<string, number>> }[] = [];
  for (const { scenario, mix, batch, accumulation, optimizer, steps } of cases) {
    for (const side of ['yardstick', 'ours'] as const) {
      const flags = { shape, mix, batch, accumulation, optimizer, steps, precision: bench.precision };
      const { shares } = profileSchema.parse(await runScript(bench, side, 'profile', flags));
      columns.push({ head: `${scenario}, ${side}`, shares });
      bench.say(`profile of ${scenario} ${shape}, ${side}: done`);
    }
  }
  const kinds = Object.keys(columns[0]?.shares ?? {});
  const head = ['share of a step', ...columns.map((column) => column.head)];
  const rows = kinds.map((kind) => [kind, ...columns.map(({ shares }) => percent(shares[kind] ?? 0))]);
  const sizes = cases.map(({ batch, accumulation }) => `${batch} × ${accumulation}`).join(' and ');
  const title = `**Where a step's time goes (${shape}, batch ${sizes}, ${bench.precision}, dropout 0.1)**`;
  return `${title}\n\n${markdownTable(head, rows)}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
