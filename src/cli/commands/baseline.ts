import type { CommandBody } from '../command.js';
import { BUDGET_OPTION, parseCount, parseNumberList, pick, runOptions, toRunOptions } from './common.js';
import { printableLine } from '../../printable.js';

export const baselineCommand: CommandBody = {
  options: [
    {
      flags: '--model <name=llm>',
      description:
        'openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model, and its name in the tables; repeatable',
      repeatable: true,
    },
    {
      flags: '--dataset <dataset>',
      setting: 'eval.datasets',
      description: 'atsa/rest14, the path of a dataset folder, or of one annotated file; repeatable',
      repeatable: true,
    },
    {
      flags: '--shots <list>',
      setting: 'baseline.shots',
      description: 'demonstrations before a question, such as 0,4,8',
      parse: parseNumberList,
    },
    {
      flags: '--seeds <list>',
      setting: 'baseline.seeds',
      description: 'seeds that draw demonstrations',
      parse: parseNumberList,
    },
    {
      flags: '--demos <mode>',
      setting: 'baseline.demos',
      description: 'fixed, perRow or similar (by BM25, from the training data)',
    },
    { flags: '--limit <n>', description: 'ask about so many test sentences', parse: parseCount },
    BUDGET_OPTION,
    ...runOptions('runs/baseline'),
  ],
  examples: [
    'fsa baseline --model openai:gpt-4o-mini --dataset atsa/rest14 --shots 0,8 --budget 5',
    'fsa baseline --model llama=ollama:llama3.2 --demos similar --shots 8 --output runs/baseline',
    'fsa report runs/eval runs/baseline --hardware-price 1.20',
  ],
  run: async ({ options, output, signal }) => {
    const { baseline, report } = await import('../../index.js');
    const settings = pick(options, {
      ...{ shots: 'shots', seeds: 'seeds', demos: 'demos', limit: 'limit', budget: 'budget' },
    });
    const models = Array.isArray(options['model']) ? { models: namedLlms(options['model'] as string[]) } : {};
    const overrides = { baseline: { ...settings, ...models }, eval: pick(options, { dataset: 'datasets' }) };
    const result = await output.watch(baseline(toRunOptions(options, overrides), { signal }));
    const made = await report({ runs: [result.folder], formats: ['html'] });
    const tables = made.toTerminal({ columns: output.columns, color: output.color });
    const failures = result.failed.map(({ label, reason }) => printableLine(`failed: ${label}: ${reason}`));
    const text = [tables, ...failures, printableLine(`Report: ${made.files[0] ?? ''}`)].join('\n');
    output.result({ ...result, report: made.files[0] }, text);
    return result.failed.length > 0 ? 1 : 0;
  },
};

/** `name=MODEL`, or a model alone, which is then called by its own name. */
function namedLlms(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const [, name, model] = /^([\w.-]+)=(.+)$/.exec(value) ?? [];
      return name === undefined || model === undefined
        ? [value.replace(/^\w+:(?!\/\/)/, '').replace(/^.*#/, ''), value]
        : [name, model];
    }),
  );
}
