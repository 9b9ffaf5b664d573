import type { CommandBody } from '../command.js';
import { BUDGET_OPTION, parseCount, parseList, pick, runOptions, toRunOptions } from './common.js';

export const teachCommand: CommandBody = {
  options: [
    {
      flags: '--reviews <path>',
      description: 'JSON lines, CSV or Parquet: file, folder or glob; repeatable',
      repeatable: true,
    },
    {
      flags: '--teacher <name>',
      description:
        'openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model (the key comes from a variable), hf:FOLDER',
    },
    {
      flags: '--kinds <list>',
      setting: 'teach.kinds',
      description: 'analysis, rewrite, or both',
      parse: parseList,
    },
    {
      flags: '--domain <name>',
      setting: 'teach.domain',
      description: 'whose demonstrations are shown: restaurant, laptop, or yours',
    },
    { flags: '--demonstrations <file>', description: 'JSON lines with demonstrations of your own' },
    {
      flags: '--judge <name>',
      description: 'a second model that grades every answer from 1 to 5, named as a teacher is',
    },
    {
      flags: '--min-score <n>',
      setting: 'teach.judge.minScore',
      description: 'drop answers with a lower grade (without it grades are only counted)',
      parse: parseCount,
    },
    { flags: '--limit <n>', description: 'ask about so many reviews', parse: parseCount },
    BUDGET_OPTION,
    { flags: '--dry-run', description: 'tell rows, tokens, cost and the first question; ask nothing' },
    {
      flags: '--batch',
      description: "ask in the provider's batches: often half the price, and up to a day until the answers",
    },
    {
      flags: '--cancel-batches',
      description: 'end the batches under way, take what they have answered, and ask nothing more',
    },
    {
      flags: '--reuse <run>',
      description: 'take answers to the same questions over from another run; repeatable',
      repeatable: true,
    },
    {
      flags: '--export-requests <file>',
      description: 'write what is to be asked for `vllm run-batch` or a batch service, and ask nothing',
    },
    {
      flags: '--import-answers <file>',
      description: "take answers from such a batch's output, and ask nothing",
    },
    ...runOptions('runs/teach'),
  ],
  examples: [
    'fsa teach --reviews reviews.csv --teacher openai:gpt-4o-mini --limit 1000 --dry-run',
    'fsa teach --reviews reviews.csv --teacher openai:gpt-4o-mini --budget 20 --output runs/teach',
    'fsa teach --reviews reviews.csv --teacher openai:gpt-4o-mini --budget 10 --batch',
    'fsa teach --reviews reviews.csv --teacher openai:gpt-4o-mini --judge openai:gpt-4o --min-score 4',
    'fsa teach --reviews reviews.jsonl --teacher ollama:llama3.2 --domain laptop',
    'fsa teach --reviews reviews.jsonl --teacher vllm:NAME --export-requests requests.jsonl',
    'fsa distill --corpus runs/teach/corpus',
  ],
  run: async ({ options, output, signal }) => {
    const { teach } = await import('../../index.js');
    const { formatTeach } = await import('../render/teach.js');
    const { keptNothing } = await import('../../pipelines/teach/types.js');
    const settings = pick(options, {
      reviews: 'reviews',
      kinds: 'kinds',
      domain: 'domain',
      demonstrations: 'demonstrations',
      limit: 'limit',
      budget: 'budget',
    });
    const judge = pick(options, { judge: 'model', minScore: 'minScore' });
    const overrides = { teach: { ...settings, judge }, llm: pick(options, { teacher: 'model' }) };
    const own = pick(options, {
      ...{ dryRun: 'dryRun', reuse: 'reuse', batch: 'batch', cancelBatches: 'cancelBatches' },
      ...{ exportRequests: 'exportRequests', importAnswers: 'importAnswers' },
    });
    const result = await output.watch(teach({ ...toRunOptions(options, overrides), ...own }, { signal }));
    output.result(result, formatTeach(result));
    const wasAsked = result.corpusFolder !== null && options.cancelBatches !== true;
    // What follows in a script must not start.
    return wasAsked && keptNothing(result) ? 1 : 0;
  },
};
