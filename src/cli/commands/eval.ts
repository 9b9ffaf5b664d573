import { TASK_CHOICE } from '../../tasks/registry.js';
import type { EvaluateResult } from '../../index.js';
import type { CommandBody } from '../command.js';
import { earlyReport } from '../early-report.js';
import { keepHeapSmall } from '../heap.js';
import { GATE_NOT_MET, GATE_OPTIONS, gateLines } from './gates.js';
import { printableLine } from '../../printable.js';
import {
  ON_OPTION,
  parseCount,
  parseNamedModels,
  parseNumberList,
  parseTask,
  parseWhole,
  pick,
  runOptions,
  toRunOptions,
} from './common.js';

export const evalCommand: CommandBody = {
  options: [
    {
      flags: '--model <name=path>',
      description: 'a model and its name in the tables; repeatable',
      repeatable: true,
    },
    {
      flags: '--dataset <dataset>',
      setting: 'eval.datasets',
      description: 'atsa/rest14, the path of a dataset folder, or of one annotated file; repeatable',
      repeatable: true,
    },
    {
      flags: '--seeds <list>',
      setting: 'eval.seeds',
      description: 'seeds, such as 42,52,62',
      parse: parseNumberList,
    },
    { flags: '--parallel <n>', setting: 'eval.parallel', description: 'workers at once', parse: parseCount },
    { flags: '--per-gpu <n>', setting: 'eval.perGpu', description: 'workers on each GPU', parse: parseCount },
    {
      flags: '--epochs <n>',
      setting: 'eval.epochs',
      description: 'epochs of fine-tuning; 0 measures the models as they are',
      parse: parseWhole,
    },
    {
      flags: '--train-share <list>',
      setting: 'eval.trainShare',
      description: 'shares of the training data, such as 0.1,0.5,1',
      parse: parseNumberList,
    },
    { flags: '--task <task>', description: `only the datasets of ${TASK_CHOICE}`, parse: parseTask },
    { flags: '--baseline <name>', description: 'model that the others are compared with' },
    {
      flags: '--only',
      description: 'results and report of what is asked for now, not of all that the folder has',
    },
    {
      flags: '--keep-models <which>',
      description: 'keep the fine-tuned models: best (of the seeds, by dev F1) or all',
      parse: parseKeep,
    },
    ...GATE_OPTIONS,
    { flags: '--fail-fast', description: 'stop at the first cell that fails' },
    ON_OPTION,
    ...runOptions('runs/eval'),
  ],
  examples: [
    'fsa eval --model base=google-t5/t5-base --model distilled=runs/distill --parallel 3',
    'fsa eval --model small=models/small --dataset atsa/rest14 --seeds 42,52 --epochs 5',
    'fsa eval --model nightly=runs/distill --output runs/tonight --fail-under atsa/rest14=65 --no-worse-than runs/released',
  ],
  run: async ({ options, output, signal }) => {
    keepHeapSmall();
    const { evaluate, report } = await import('../../index.js');
    const settings = pick(options, {
      dataset: 'datasets',
      seeds: 'seeds',
      parallel: 'parallel',
      perGpu: 'perGpu',
      epochs: 'epochs',
      trainShare: 'trainShare',
    });
    const models = Array.isArray(options['model'])
      ? { models: parseNamedModels(options['model'] as string[]) }
      : {};
    const result = await output.watch(
      evaluate(
        {
          ...toRunOptions(options, { eval: { ...settings, ...models } }),
          ...pick(options, {
            failFast: 'failFast',
            task: 'task',
            baseline: 'baseline',
            only: 'only',
            keepModels: 'keepModels',
            failUnder: 'failUnder',
            noWorseThan: 'noWorseThan',
          }),
        },
        { signal, sinks: [earlyReport()] },
      ),
    );
    const { gates } = result;
    const made = await report({
      runs: [result.folder],
      formats: gates.length > 0 ? ['html', 'junit'] : ['html'],
      gates,
    });
    const tables = made.toTerminal({ columns: output.columns, color: output.color });
    const failures = result.failed.map(({ label, reason }) => printableLine(`failed: ${label}: ${reason}`));
    output.result(
      { ...result, report: made.files[0] },
      [tables, ...failures, ...gateLines(gates), printableLine(`Report: ${made.files.join(', ')}`)].join(
        '\n',
      ),
    );
    if (gates.some(({ passed }) => !passed)) return GATE_NOT_MET;
    return exitCodeOf(result);
  },
};

/** Where all that failed was given something wrong, that is what the command met. */
function exitCodeOf({ failed }: EvaluateResult): number {
  if (failed.length === 0) return 0;
  return failed.every(({ code }) => code === 'CONFIG' || code === 'DATA') ? 2 : 1;
}

function parseKeep(text: string): string {
  if (text !== 'best' && text !== 'all') throw new Error('The choices are best and all.');
  return text;
}
