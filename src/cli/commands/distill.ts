import type { CommandBody } from '../command.js';
import { formatDuration } from '../../report/event-words.js';
import { ON_OPTION, parseCount, parseWhole, pick, runOptions, toRunOptions } from './common.js';
import { printableLine } from '../../printable.js';

export const distillCommand: CommandBody = {
  options: [
    { flags: '--model <model>', setting: 'model', description: 'the student: hub id, folder or run' },
    {
      flags: '--corpus <path>',
      setting: 'distill.corpus',
      description: 'corpus file, folder or glob; repeatable',
      repeatable: true,
    },
    { flags: '--validation <file>', description: 'held-out corpus file' },
    { flags: '--steps <n>', setting: 'distill.steps', description: 'optimizer steps', parse: parseCount },
    {
      flags: '--ranks <n>',
      setting: 'distill.ranks',
      description: 'processes that train the student together, each on a GPU of its own',
      parse: parseCount,
    },
    { flags: '--seed <n>', setting: 'seed', description: 'seed of order and dropout', parse: parseWhole },
    {
      flags: '--drop-overlaps',
      description: 'leave out corpus rows that hold a dev or test sentence word for word',
    },
    ON_OPTION,
    ...runOptions('runs/distill'),
  ],
  examples: [
    'fsa distill --corpus "datasets/corpus/**/*.json"',
    'fsa distill --preset sample --output runs/small',
    'fsa distill --config fsa.yaml --set distill.learningRate=1e-3 --steps 5000',
  ],
  run: async ({ options, output, signal }) => {
    const { distill } = await import('../../index.js');
    const settings = pick(options, {
      corpus: 'corpus',
      validation: 'validation',
      steps: 'steps',
      ranks: 'ranks',
      dropOverlaps: 'dropOverlaps',
    });
    const overrides = { ...pick(options, { model: 'model', seed: 'seed' }), distill: settings };
    const result = await output.watch(distill(toRunOptions(options, overrides), { signal }));
    const validation =
      result.validationLoss === null ? '' : `, validation loss ${result.validationLoss.toFixed(4)}`;
    output.result(
      result,
      `${printableLine(result.modelFolder)}\n${result.steps} steps in ${formatDuration(result.trainSeconds)}, loss ${result.finalLoss.toFixed(4)}${validation}`,
    );
    return 0;
  },
};
