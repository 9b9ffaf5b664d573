import type { CommandBody } from '../command.js';
import { BUDGET_OPTION, parseCount, parseNamedModels, pick, runOptions, toRunOptions } from './common.js';

export const zeroshotCommand: CommandBody = {
  options: [
    {
      flags: '--student <name=path>',
      description: 'a distilled student and its name in the table; repeatable',
      repeatable: true,
    },
    {
      flags: '--floor <path>',
      description: 'undistilled model to compare with (default: what the student was made from)',
    },
    {
      flags: '--teacher <name>',
      description:
        'corpus (the answers stored in the data), or a language model: openai:gpt-4o-mini, ollama:llama3.2, …',
    },
    {
      flags: '--data <path>',
      description:
        'texts with label or stars (JSON lines, CSV, Parquet), or datasets with --level term; repeatable',
      repeatable: true,
    },
    { flags: '--level <level>', setting: 'zeroshot.level', description: 'text or term' },
    {
      flags: '--rule <rule>',
      setting: 'zeroshot.rule',
      description: 'score compares labels as continuations, read reads what the student writes',
    },
    {
      flags: '--ask <what>',
      setting: 'zeroshot.ask',
      description: 'a language model for one label, or for an analysis that is read by the rule of students',
    },
    { flags: '--limit <n>', description: 'judge so many rows', parse: parseCount },
    BUDGET_OPTION,
    ...runOptions('runs/zeroshot'),
  ],
  examples: [
    'fsa zeroshot --student distilled=runs/distill --data reviews.jsonl',
    'fsa zeroshot --student distilled=runs/distill --teacher corpus --data runs/teach/corpus/analysis --rule read',
    'fsa zeroshot --student distilled=runs/distill --teacher openai:gpt-4o-mini --data atsa/rest14 --level term',
  ],
  run: async ({ options, output, signal }) => {
    const { zeroshot } = await import('../../index.js');
    const { formatZeroshot } = await import('../render/zeroshot.js');
    const students = Array.isArray(options['student'])
      ? { students: parseNamedModels(options['student'] as string[]) }
      : {};
    const settings = pick(options, {
      ...{ floor: 'floor', teacher: 'teacher', data: 'data', level: 'level' },
      ...{ rule: 'rule', ask: 'ask', limit: 'limit', budget: 'budget' },
    });
    const overrides = { zeroshot: { ...settings, ...students } };
    const result = await output.watch(zeroshot(toRunOptions(options, overrides), { signal }));
    output.result(result, formatZeroshot(result));
    return 0;
  },
};
