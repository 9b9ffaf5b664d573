import type { Command } from '../command.js';
import { OUTPUT_OPTIONS, parseTask, pick } from './common.js';

const checkCommand: Command = {
  name: 'check',
  summary: 'validate benchmark and corpus files, every problem with its line',
  argument: { form: '<paths...>', description: 'files, folders or globs' },
  options: [
    { flags: '--task <task>', description: 'atsa or acsa, where the path does not say', parse: parseTask },
    { flags: '--fix <folder>', description: 'write the rows that pass here, and the others with reasons' },
    ...OUTPUT_OPTIONS,
  ],
  examples: ['fsa data check datasets/corpus', 'fsa data check my-dataset --task atsa --fix cleaned'],
  run: async ({ args, options, output, signal }) => {
    const { checkData } = await import('../../index.js');
    const { formatCheck } = await import('../render/data.js');
    const found = await output.watch(
      checkData({ paths: args, ...pick(options, { task: 'task', fix: 'fix' }), signal }),
    );
    output.result(found, formatCheck(found));
    return found.errors > 0 ? 2 : 0;
  },
};

const statsCommand: Command = {
  name: 'stats',
  summary: 'counts and distributions as in the tables of the paper',
  argument: { form: '<paths...>', description: 'dataset folders, benchmark or corpus files' },
  options: [...OUTPUT_OPTIONS],
  examples: ['fsa data stats atsa/rest14 datasets/corpus'],
  run: async ({ args, output, signal }) => {
    const { describeData } = await import('../../index.js');
    const { formatStats } = await import('../render/data.js');
    const stats = await output.watch(describeData({ paths: args, signal }));
    output.result(stats, formatStats(stats));
    return 0;
  },
};

export const dataCommand: Command = {
  name: 'data',
  summary: 'check and describe data files',
  options: [],
  examples: [],
  members: [checkCommand, statsCommand],
};
