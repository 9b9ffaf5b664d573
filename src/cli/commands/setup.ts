import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS, pick } from './common.js';
import { printableLine } from '../../printable.js';

export const setupCommand: CommandBody = {
  options: [
    { flags: '--python <path>', description: 'interpreter to make the runtime from (3.10 or newer)' },
    {
      flags: '--torch-index-url <url>',
      description: 'package index that torch comes from, for a build that fits your GPU',
    },
    { flags: '--offline <wheels>', description: 'folder of wheels; asks no network' },
    { flags: '--force', description: 'make the runtime again' },
    { flags: '--extra <name>', description: 'add what a verb needs: export', parse: parseExtra },
    { flags: '--dev', description: 'add what the tests of fsa itself need' },
    ...OUTPUT_OPTIONS,
  ],
  examples: ['fsa setup', 'fsa setup --torch-index-url "$TORCH_INDEX_URL"'],
  ending: 'clearing away what is half-made',
  run: async ({ options, output, signal }) => {
    const { setup } = await import('../../index.js');
    const names = {
      python: 'python',
      torchIndexUrl: 'torchIndexUrl',
      offline: 'offlineWheels',
      force: 'force',
      dev: 'dev',
      extra: 'extra',
    };
    const runtime = await output.watch(setup(pick(options, names), { signal }));
    output.result(
      runtime,
      `${printableLine(runtime.python)}\nPython ${runtime.pythonVersion}, torch ${runtime.packages['torch'] ?? '?'}`,
    );
    return 0;
  },
};

function parseExtra(text: string): string {
  if (text !== 'export') throw new Error('The only extra is export.');
  return text;
}
