import { FsaError } from '../../errors.js';
import type { Command, CommandBody } from '../command.js';
import { OUTPUT_OPTIONS } from './common.js';

const listCommand: Command = {
  name: 'list',
  summary: 'the runs below a folder, newest first',
  argument: { form: '[folders...]', description: 'folders to look in (default: runs)' },
  options: [...OUTPUT_OPTIONS],
  examples: ['fsa runs list', 'fsa runs list runs experiments --json'],
  run: async ({ args, output, signal }) => {
    const { listRuns } = await import('../../index.js');
    const { formatRunList } = await import('../render/runs.js');
    const found = await output.watch(listRuns(args.length > 0 ? { folders: args } : {}, { signal }));
    output.result(found, formatRunList(found));
    return 0;
  },
};

const showCommand: Command = {
  name: 'show',
  summary: 'what a run is, how to have its numbers again, and its figures',
  argument: { form: '<run>', description: 'run folder' },
  options: [...OUTPUT_OPTIONS],
  examples: ['fsa runs show runs/eval'],
  run: async ({ args, output, signal }) => {
    const { showRun } = await import('../../index.js');
    const { formatRun } = await import('../render/runs.js');
    const [run = ''] = args;
    const shown = await output.watch(showRun({ run }, { signal }));
    output.result(shown, formatRun(shown));
    return 0;
  },
};

const diffCommand: Command = {
  name: 'diff',
  summary: 'in which settings, data, versions and figures two runs differ',
  argument: { form: '<runs...>', description: 'two run folders' },
  options: [...OUTPUT_OPTIONS],
  examples: ['fsa runs diff runs/eval runs/eval-longer'],
  run: async ({ args, output, signal }) => {
    const { diffRuns } = await import('../../index.js');
    const [a, b, ...more] = args;
    if (a === undefined || b === undefined || more.length > 0) {
      throw new FsaError('USAGE', 'Two runs are compared, no more and no fewer.', {
        advice: 'Name two run folders: fsa runs diff runs/a runs/b.',
      });
    }
    const found = await output.watch(diffRuns({ a, b }, { signal }));
    const text = found.words.length === 0 ? 'The two runs differ in nothing.' : found.words.join('\n');
    output.result(found, text);
    return 0;
  },
};

export const runsCommand: CommandBody = {
  options: [],
  examples: [],
  members: [listCommand, showCommand, diffCommand],
};
