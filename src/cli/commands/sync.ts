import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS, pick, TRACK_OPTION } from './common.js';

export const syncCommand: CommandBody = {
  argument: { form: '<run>', description: 'run folder' },
  options: [TRACK_OPTION, ...OUTPUT_OPTIONS],
  examples: ['fsa sync runs/eval', 'fsa sync runs/eval --track mlflow=http://127.0.0.1:5000'],
  run: async ({ args, options, output, signal }) => {
    const { sync } = await import('../../index.js');
    const [run = ''] = args;
    const result = await output.watch(sync({ run, ...pick(options, { track: 'track' }) }, { signal }));
    const lines = result.trackers.map(({ tracker, sent }) => `${tracker}: ${sent} records sent`);
    output.result(result, lines.join('\n'));
    return 0;
  },
};
