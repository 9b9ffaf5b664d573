import { FsaError } from '../../errors.js';
import type { Command, CommandBody } from '../command.js';
import { CONFIG_OPTIONS, toRunOptions } from './common.js';

const showCommand: Command = {
  name: 'show',
  summary: 'every setting with its value and where that comes from',
  argument: {
    form: '[keys...]',
    description: 'only these settings or sections, such as distill or eval.seeds',
  },
  options: [...CONFIG_OPTIONS],
  examples: ['fsa config show', 'fsa config show eval --config fsa.yaml --set eval.epochs=5'],
  run: async ({ args, options, output }) => {
    const { showConfig } = await import('../../index.js');
    const { formatTable } = await import('../render/table.js');
    const { settings } = await showConfig(toRunOptions(options, {}));
    const shown = settings.filter(
      ({ key }) => args.length === 0 || args.some((arg) => key === arg || key.startsWith(`${arg}.`)),
    );
    if (shown.length === 0) {
      throw new FsaError('USAGE', `There is no setting ${args.join(', ')}.`, {
        advice: 'See `fsa config show`.',
      });
    }
    const rows = shown.map(({ key, value, source }) => [key, JSON.stringify(value), source]);
    output.result({ settings: shown }, formatTable(['setting', 'value', 'from'], rows));
    return 0;
  },
};

export const configCommand: CommandBody = {
  options: [],
  examples: [],
  members: [showCommand],
};
