import type { TaskName } from '../../tasks/vocabulary.js';
import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS, parseTask, pick, required } from './common.js';

export const exportCommand: CommandBody = {
  options: [
    { flags: '--model <path>', description: 'student: a folder, a run of fsa finetune, a hub id' },
    { flags: '--format <format>', description: 'onnx', parse: parseFormat },
    { flags: '--output <folder>', description: 'where the export goes' },
    { flags: '--task <task>', description: 'task of a model that does not say', parse: parseTask },
    ...OUTPUT_OPTIONS,
  ],
  examples: ['fsa export --model runs/use --format onnx --output models/onnx'],
  run: async ({ options, output, signal }) => {
    const { exportModel } = await import('../../index.js');
    const made = await output.watch(
      exportModel(
        {
          model: required(options, 'model') as string,
          format: required(options, 'format') as 'onnx',
          output: required(options, 'output') as string,
          ...(pick(options, { task: 'task' }) as { task?: TaskName }),
        },
        { signal },
      ),
    );
    const size = `${(made.bytes / 1e6).toFixed(1)} MB`;
    output.result(
      made,
      `Export: ${made.folder} (${size}; ${made.checked} sentences give the runtime's tokens)\nTry it: fsa predict --model ${made.folder} --backend onnx`,
    );
    return 0;
  },
};

function parseFormat(text: string): string {
  if (text !== 'onnx') throw new Error('The only format is onnx.');
  return text;
}
