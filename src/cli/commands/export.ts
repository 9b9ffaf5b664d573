import type { ExportResult, StudentFile } from '../../index.js';
import type { CommandBody } from '../command.js';
import { oneOf, OUTPUT_OPTIONS, parseTask, pick, points, required } from './common.js';
import { printableLine } from '../../printable.js';

export const exportCommand: CommandBody = {
  options: [
    { flags: '--model <path>', description: 'student: a folder, a run of fsa finetune, a hub id' },
    { flags: '--format <format>', description: 'onnx', parse: parseFormat },
    { flags: '--output <folder>', description: 'where the export goes' },
    {
      flags: '--layout <layout>',
      description: 'fsa (default), or transformers-js for that library',
      parse: oneOf('fsa', 'transformers-js'),
    },
    { flags: '--int8', description: 'weights of 8 bits; F1 is measured and shown beside that of 32' },
    {
      flags: '--measure <dataset>',
      description: "dataset for that measurement (default: the student's own)",
    },
    { flags: '--task <task>', description: 'task of a model that does not say', parse: parseTask },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa export --model runs/use --format onnx --output models/onnx',
    'fsa export --model runs/use --format onnx --int8 --measure atsa/rest14 --output models/int8',
    'fsa export --model runs/use --format onnx --layout transformers-js --output models/web',
  ],
  run: async ({ options, output, signal }) => {
    const { exportModel } = await import('../../index.js');
    const made = await output.watch(
      exportModel(
        {
          model: required(options, 'model') as string,
          format: required(options, 'format') as 'onnx',
          output: required(options, 'output') as string,
          ...pick(options, { task: 'task', layout: 'layout', int8: 'int8', measure: 'measure' }),
        },
        { signal },
      ),
    );
    output.result(made, summarize(made));
    return 0;
  },
};

function summarize({ folder, student, bytes, checked }: ExportResult): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const measured = student.onnx?.measured ?? null;
  const lines = [
    `Export: ${printableLine(folder)} (${size}; in fp32 ${checked} sentences give the runtime's tokens)`,
    ...(measured === null ? [] : [describeMeasured(measured)]),
    ...(student.layout === null
      ? [`Try it: fsa predict --model ${printableLine(folder)} --backend onnx`]
      : [
          "The library's own tokenizer cuts some texts otherwise, such as emoji of several people: see docs/serving.md.",
        ]),
  ];
  return lines.join('\n');
}

type Measured = NonNullable<NonNullable<StudentFile['onnx']>['measured']>;

function describeMeasured({ dataset, sentences, same, fp32, int8 }: Measured): string {
  const alike = `${same} of ${sentences} sentences have the same answer`;
  return `int8: F1 ${points(int8.f1)} against ${points(fp32.f1)} in fp32 on the test sentences of ${dataset}; ${alike}. Texts are decoded one by one.`;
}

function parseFormat(text: string): string {
  if (text !== 'onnx') throw new Error('The only format is onnx.');
  return text;
}
