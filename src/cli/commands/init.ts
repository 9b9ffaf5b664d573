import { createInterface } from 'node:readline/promises';
import type { CommandBody, OptionValues } from '../command.js';
import { OUTPUT_OPTIONS, parseNamedModels, parsePreset, pick } from './common.js';
import { printableLine } from '../../printable.js';

export const initCommand: CommandBody = {
  options: [
    { flags: '--output <file>', description: 'the new file (fsa.yaml)' },
    {
      flags: '--preset <name>',
      description: 'whose defaults it shows: paper or sample (paper)',
      parse: parsePreset,
    },
    { flags: '--student <model>', description: 'the model to distil into: hub id or folder' },
    { flags: '--corpus <path>', description: 'corpus files, folders or globs; repeatable', repeatable: true },
    { flags: '--model <name=path>', description: 'a model to evaluate; repeatable', repeatable: true },
    { flags: '--dataset <path>', description: 'a dataset to evaluate on; repeatable', repeatable: true },
    { flags: '--yes', description: 'ask nothing' },
    ...OUTPUT_OPTIONS,
  ],
  examples: ['fsa init', 'fsa init --yes --student google-t5/t5-small --dataset atsa/rest14'],
  run: async ({ options, output, signal }) => {
    const { initConfig } = await import('../../index.js');
    const said = valuesOf(options);
    const asks = process.stdin.isTTY && process.stderr.isTTY && options['yes'] !== true && !output.json;
    const set = asks && Object.keys(said).length === 0 ? await ask(signal) : said;
    const written = await initConfig({ ...pick(options, { output: 'file', preset: 'preset' }), set });
    const next = 'Next: fsa doctor, then fsa distill or fsa eval, each with --config.';
    output.result(written, `${printableLine(`written: ${written.file}`)}\n${next}`);
    return 0;
  },
};

function valuesOf(options: OptionValues): Record<string, unknown> {
  const { model } = options;
  const models = Array.isArray(model) ? { 'eval.models': parseNamedModels(model as string[]) } : {};
  return {
    ...pick(options, { student: 'model', corpus: 'distill.corpus', dataset: 'eval.datasets' }),
    ...models,
  };
}

/** An empty answer keeps the default. */
async function ask(signal: AbortSignal): Promise<Record<string, unknown>> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const student = await reader.question('The student to distil into (google-t5/t5-base): ', { signal });
    const corpus = await reader.question('Corpus files, separated by spaces (datasets/corpus/**/*.json): ', {
      signal,
    });
    const datasets = await reader.question(
      'Datasets to evaluate on, separated by spaces (the four of the paper): ',
      {
        signal,
      },
    );
    const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
    return {
      ...(student.trim() === '' ? {} : { model: student.trim() }),
      ...(words(corpus).length === 0 ? {} : { 'distill.corpus': words(corpus) }),
      ...(words(datasets).length === 0 ? {} : { 'eval.datasets': words(datasets) }),
    };
  } finally {
    reader.close();
  }
}
