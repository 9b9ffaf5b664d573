import type { CommandBody } from '../command.js';
import { parseCount, parseWhole, pick, points, required, runOptions, toRunOptions } from './common.js';
import { printableLine } from '../../printable.js';

export const finetuneCommand: CommandBody = {
  options: [
    { flags: '--model <path>', description: 'hub id, folder or run to start from' },
    {
      flags: '--dataset <dataset>',
      description: 'atsa/rest14, the path of a dataset folder, or of one annotated file',
    },
    { flags: '--seed <n>', description: 'seed of the shuffling and dropout', parse: parseWhole },
    {
      flags: '--epochs <n>',
      setting: 'eval.epochs',
      description: 'epochs of fine-tuning',
      parse: parseCount,
    },
    ...runOptions('runs/finetune'),
  ],
  examples: [
    'fsa finetune --model runs/distill --dataset atsa/rest14 --output runs/use',
    'fsa finetune --preset sample --model models/sample --dataset datasets/sample/benchmark/atsa/sample --epochs 2 --output runs/use',
  ],
  run: async ({ options, output, signal }) => {
    const { finetune } = await import('../../index.js');
    const dataset = required(options, 'dataset') as string;
    const made = await output.watch(
      finetune(
        {
          ...toRunOptions(options, { eval: pick(options, { epochs: 'epochs' }) }),
          ...pick(options, { model: 'model', seed: 'seed' }),
          dataset,
        },
        { signal },
      ),
    );
    const { dev, test } = made.student;
    const lines = [
      `Student: ${made.modelFolder}`,
      `dev F1 ${points(dev?.f1)} after epoch ${dev?.epoch ?? '–'}`,
      ...Object.entries(test ?? {}).map(([name, { f1 }]) => `${name}: F1 ${points(f1)}`),
      `Try it: fsa predict --model ${made.folder}`,
    ];
    output.result(made, lines.map(printableLine).join('\n'));
    return 0;
  },
};
