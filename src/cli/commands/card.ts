import type { CommandBody, CommandOption } from '../command.js';
import { OUTPUT_OPTIONS, parseList, pick } from './common.js';

/** What a card is told that no file says; `fsa push` takes them, too. */
export const CARD_OPTIONS: readonly CommandOption[] = [
  { flags: '--license <id>', description: 'licence, such as apache-2.0 or cc-by-nc-4.0' },
  { flags: '--language <list>', description: 'language codes, such as de', parse: parseList },
  { flags: '--name <name>', description: 'name of the model in its card' },
  {
    flags: '--results <run>',
    description:
      'eval run with figures over seeds and the baseline (default: the run that made it); repeatable',
    repeatable: true,
  },
  { flags: '--baseline <name>', description: 'model of those runs to compare with' },
];

export const CARD_NAMES = {
  license: 'license',
  language: 'languages',
  name: 'name',
  results: 'results',
  baseline: 'baseline',
};

export const cardCommand: CommandBody = {
  argument: { form: '<model>', description: 'student folder, or the run that made it' },
  options: [
    ...CARD_OPTIONS,
    { flags: '--output <file>', description: 'file for the card (default: standard output)' },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa card runs/use --license apache-2.0',
    'fsa card runs/use --license apache-2.0 --results runs/eval --baseline base --output README.md',
  ],
  run: async ({ args, options, output, signal }) => {
    const { makeCard } = await import('../../index.js');
    const [model = ''] = args;
    const { card, folder, file } = await output.watch(
      makeCard(
        { model, ...(pick(options, { ...CARD_NAMES, output: 'output' }) as { license: string }) },
        { signal },
      ),
    );
    output.result({ card, folder, file }, file ?? card);
    return 0;
  },
};
