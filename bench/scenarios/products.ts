/** Every matrix product of our steps against the square one, and how fast a step could be on this machine. */
import { z } from 'zod';
import type { Bench } from '../lib/bench.js';
import type { Shape } from '../lib/goals.js';
import { markdownTable } from '../lib/markdown-table.js';
import { runScript } from './sides.js';
import { distillCase, finetuneCase } from './training.js';

const productsSchema = z.object({
  busy: z.boolean(),
  squareFlopsPerSecond: z.number(),
  stepSeconds: z.number(),
  products: z.array(
    z.object({
      shape: z.string(),
      dtype: z.string(),
      layout: z.string(),
      calls: z.number(),
      seconds: z.number(),
      flopsPerSecond: z.number(),
      ofSquare: z.number(),
      share: z.number(),
    }),
  ),
  roofline: z.object({
    flops: z.number(),
    bytes: z.number(),
    copyBytesPerSecond: z.number(),
    floorSeconds: z.number(),
  }),
});
type Products = z.infer<typeof productsSchema>;

/** Under this share of a step a product is only counted. */
const SHOWN_SHARE = 0.01;

/** A table for a step of each stage and precision, then the rooflines; quick: one short step of fine-tuning. */
export async function listProducts(bench: Bench, shape: Shape): Promise<string> {
  const distill = { ...distillCase(shape, true), steps: 2 };
  const finetune = { ...finetuneCase(shape, true), steps: 4 };
  const cases = bench.options.quick ? [{ ...finetune, steps: 1 }] : [distill, finetune];
  const precisions = bench.options.quick || bench.precision === 'fp32' ? ['fp32'] : ['bf16', 'fp32'];
  const tables: string[] = [];
  const floors: string[][] = [];
  for (const { scenario, mix, batch, accumulation, optimizer, steps } of cases) {
    for (const precision of precisions) {
      const flags = { shape, mix, batch, accumulation, optimizer, steps, precision };
      const found = productsSchema.parse(await runScript(bench, 'ours', 'products', flags));
      const title = `${scenario} ${shape}, batch ${batch}, ${precision}`;
      tables.push(`**${title}: ${describe(found)}**\n\n${tableOf(found)}`);
      floors.push(floorOf(title, found));
      bench.say(`products of ${title}: done`);
    }
  }
  const head = ['step', 'useful GFLOP', 'GB that must move', 'GB/s of a copy', 'floor', 'now', 'floor / now'];
  return [...tables, `**Roofline**\n\n${markdownTable(head, floors)}`, LAYOUTS].join('\n\n');
}

const BUSY = '; processor seconds over threads, as others were at work';

const LAYOUTS =
  'Layouts of left and right: n as it lies, t transposed, p packed; ours: by the C++ passes. The floor is useful operations at the square ' +
  "product's rate, then norms, logits and weights at the rate of a large copy.";

function describe({ busy, products, squareFlopsPerSecond, stepSeconds }: Products): string {
  const share = products.reduce((total, product) => total + product.share, 0);
  return `${seconds(stepSeconds)} a step, products ${percent(share)}; square product ${giga(squareFlopsPerSecond)} GFLOP/s${busy ? BUSY : ''}`;
}

function tableOf({ products }: Products): string {
  const head = [
    'product (rows × inner × columns)',
    'dtype',
    'layout',
    'calls',
    'ms',
    'GFLOP/s',
    'of square',
    'of step',
  ];
  const shown = products.filter(({ share }) => share >= SHOWN_SHARE);
  const rows = shown.map((one) => [
    one.shape.replaceAll('x', '×'),
    one.dtype,
    one.layout,
    String(one.calls),
    (1000 * one.seconds).toFixed(1),
    giga(one.flopsPerSecond),
    percent(one.ofSquare),
    percent(one.share),
  ]);
  const small = products.filter(({ share }) => share < SHOWN_SHARE);
  if (small.length > 0) {
    const calls = small.reduce((total, { calls }) => total + calls, 0);
    const spent = small.reduce((total, { seconds }) => total + seconds, 0);
    const share = small.reduce((total, product) => total + product.share, 0);
    rows.push([
      `${small.length} others`,
      '',
      '',
      String(calls),
      (1000 * spent).toFixed(1),
      '',
      '',
      percent(share),
    ]);
  }
  return markdownTable(head, rows);
}

function floorOf(title: string, { roofline, stepSeconds }: Products): string[] {
  const { flops, bytes, copyBytesPerSecond, floorSeconds } = roofline;
  return [
    title,
    giga(flops),
    (bytes / 1e9).toFixed(1),
    (copyBytesPerSecond / 1e9).toFixed(1),
    seconds(floorSeconds),
    seconds(stepSeconds),
    percent(floorSeconds / stepSeconds),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const giga = (count: number): string => Math.round(count / 1e9).toLocaleString('en');
const seconds = (count: number): string => `${count.toFixed(2)} s`;
