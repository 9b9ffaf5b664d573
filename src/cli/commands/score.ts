import { TASK_CHOICE } from '../../tasks/registry.js';
import { COMPARISONS, type Task } from '../../tasks/vocabulary.js';
import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS, parseTask, pick, required } from './common.js';

export const scoreCommand: CommandBody = {
  options: [
    { flags: '--task <task>', description: TASK_CHOICE, parse: parseTask },
    {
      flags: '--gold <file>',
      description: 'annotated file; repeatable, in order: test.json hard_test.json',
      repeatable: true,
    },
    {
      flags: '--predictions <file>',
      description:
        'JSON array or JSON lines: strings, objects with `text` or `prediction`, or {"id"?, "tuples": [{…}]}; or an annotated file as the gold is',
    },
    { flags: '--plain-lines', description: 'the predictions are plain text, one to a line' },
    {
      flags: '--duplicates <rule>',
      description: 'each (as published) or once: how often a repeated pair counts',
      parse: parseDuplicates,
    },
    {
      flags: '--model <model>',
      description: 'ask its tokenizer what it leaves of the gold: hub id, folder or run (needs Python)',
    },
    {
      flags: '--compare <how>',
      description: `${COMPARISONS.join(' or ')}: gold as it is, or as the tokenizer of --model writes it`,
      parse: parseComparison,
    },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa score --task atsa --gold test.json --gold hard_test.json --predictions predictions.jsonl',
    'fsa score --task acsa --gold test.json --predictions tuples.jsonl --duplicates once',
  ],
  argument: { form: '[gold...]', description: 'more gold files' },
  run: async ({ args, options, output, signal }) => {
    const { score } = await import('../../index.js');
    const named = Array.isArray(options['gold']) ? (options['gold'] as string[]) : [];
    const { formatScore } = await import('../render/score.js');
    const run = score(
      {
        task: required(options, 'task') as Task,
        gold: [...named, ...args],
        predictions: required(options, 'predictions') as string,
        ...pick(options, {
          duplicates: 'duplicates',
          plainLines: 'plainLines',
          model: 'model',
          compare: 'compare',
        }),
      },
      { signal },
    );
    const result = await output.watch(run);
    output.result(result, formatScore(result));
    return 0;
  },
};

function parseDuplicates(text: string): string {
  if (text !== 'each' && text !== 'once') throw new Error('The rules are each and once.');
  return text;
}

function parseComparison(text: string): string {
  if ((COMPARISONS as readonly string[]).includes(text)) return text;
  throw new Error(`Choose ${COMPARISONS.join(' or ')}.`);
}
