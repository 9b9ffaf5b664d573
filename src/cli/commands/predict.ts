import type { PredictionRecord, PredictResult } from '../../index.js';
import { FsaError } from '../../errors.js';
import type { CommandBody, CommandOption } from '../command.js';
import { oneOf, OUTPUT_OPTIONS, parseCount, parseTask, pick, required } from './common.js';

/** How a student is run. */
export const MODEL_OPTIONS: readonly CommandOption[] = [
  {
    flags: '--backend <name>',
    description: 'auto, onnx (no Python) or torch',
    parse: oneOf('auto', 'onnx', 'torch'),
  },
  { flags: '--task <task>', description: 'task of a model that does not say', parse: parseTask },
  { flags: '--threads <n>', description: 'CPU threads (default: all)', parse: parseCount },
  { flags: '--device <name>', description: 'auto, cpu or cuda (torch)', parse: oneOf('auto', 'cpu', 'cuda') },
];

export const predictCommand: CommandBody = {
  options: [
    { flags: '--model <path>', description: 'student: a folder, a run of fsa finetune, an export, a hub id' },
    ...MODEL_OPTIONS,
    { flags: '--input <file>', description: 'text, JSON lines or CSV; - (default) is standard input' },
    {
      flags: '--input-format <format>',
      description: 'text, jsonl or csv (default: by the name, or the first line)',
      parse: oneOf('text', 'jsonl', 'csv'),
    },
    { flags: '--output <file>', description: 'JSON lines go there once all is predicted' },
    { flags: '--raw', description: "show the model's own text" },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa predict --model runs/use --input reviews.txt',
    'echo "The food was great but the service slow." | fsa predict --model runs/use',
    'fsa predict --model models/onnx --backend onnx --input reviews.jsonl --json',
  ],
  ending: 'stopping',
  run: async ({ options, output, signal }) => {
    const { predict } = await import('../../index.js');
    const model = required(options, 'model') as string;
    const raw = options['raw'] === true;
    if (options['input'] === undefined && process.stdin.isTTY) {
      throw new FsaError('USAGE', 'There is nothing to predict.', {
        advice: 'Name a file with --input, or pipe sentences into the command.',
      });
    }
    const toFile = options['output'] !== undefined;
    const names = ['backend', 'task', 'threads', 'device', 'input', 'inputFormat', 'output', 'raw'];
    const result = await output.watch(
      predict(
        {
          ...pick(options, Object.fromEntries(names.map((name) => [name, name]))),
          model,
          stdin: process.stdin,
          ...(toFile
            ? {}
            : { onPrediction: async (record) => await output.line(record, describe(record, raw)) }),
        },
        { signal },
      ),
    );
    // Between the predictions on stdout a summary would read as one of them.
    if (output.json || toFile) output.result(result, summarize(result));
    else output.remark(summarize(result));
    return 0;
  },
};

/** `food: positive · service: negative`, with what is wrong behind it. */
function describe({ tuples, malformed, truncated, raw }: PredictionRecord, showRaw: boolean): string {
  const shown = tuples.map(({ from: _from, to: _to, polarity, ...elements }) => {
    const words = Object.values(elements).map((word) => word ?? 'NULL');
    return `${words.join(' / ')}: ${polarity}`;
  });
  const marks = [
    ...(malformed > 0 ? [`[${malformed} malformed]`] : []),
    ...(truncated ? ['[cut short]'] : []),
    ...(showRaw ? [`→ ${raw}`] : []),
  ];
  const words = shown.length === 0 && !showRaw ? '–' : shown.join(' · ');
  return [words, ...marks].join(' ').trim();
}

function summarize({
  sentences,
  malformed,
  truncated,
  seconds,
  sentencesPerSecond,
  output,
  model,
}: PredictResult): string {
  const flags = [
    ...(malformed > 0 ? [`${malformed} with pieces that are no tuple`] : []),
    ...(truncated > 0
      ? [
          `${truncated} cut short (longer than ${model.maxInputTokens} tokens, or the answer than ${model.maxGeneratedTokens - 1})`,
        ]
      : []),
  ];
  const speed = `${sentences} sentences in ${seconds.toFixed(1)} s (${sentencesPerSecond.toFixed(0)}/s)`;
  return [[speed, ...flags].join(', '), ...(output === null ? [] : [output])].join('\n');
}
