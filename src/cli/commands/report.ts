import { FsaError } from '../../errors.js';
import type { ReportFormat } from '../../index.js';
import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS, parseList, parseUsd, pick } from './common.js';
import { printableLine } from '../../printable.js';

export const reportCommand: CommandBody = {
  argument: { form: '[runs...]', description: 'run folders (default: runs/eval)' },
  options: [
    {
      flags: '--format <list>',
      description: 'files to write: html, md, latex, csv, json, junit',
      parse: parseList,
    },
    { flags: '--baseline <name>', description: 'model that the others are compared with' },
    { flags: '--title <text>', description: 'heading of the report' },
    {
      flags: '--hardware-price <usd>',
      description: 'US dollars an hour of the machine: what students cost beside models paid by the token',
      parse: parseUsd,
    },
    { flags: '--output <folder>', description: 'where the files go (default: the first run)' },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa report runs/eval --format html,latex',
    'fsa report runs/eval runs/baseline --hardware-price 1.20 --format html',
    'fsa report runs/a runs/b --baseline base --output reports',
  ],
  run: async ({ args, options, output }) => {
    const { report } = await import('../../index.js');
    const made = await report({
      runs: args.length > 0 ? args : ['runs/eval'],
      formats: chooseFormats(options['format']),
      ...pick(options, {
        baseline: 'baseline',
        title: 'title',
        output: 'output',
        hardwarePrice: 'hardwarePricePerHour',
      }),
    });
    const tables = made.toTerminal({ columns: output.columns, color: output.color });
    output.result(
      { files: made.files, report: made.report },
      [tables, ...made.files.map(printableLine)].join('\n'),
    );
    return 0;
  },
};

const FORMATS: readonly ReportFormat[] = ['html', 'md', 'latex', 'csv', 'json', 'junit'];

function chooseFormats(given: unknown): ReportFormat[] {
  if (!Array.isArray(given)) return [];
  return given.map((name: unknown) => {
    const format = FORMATS.find((candidate) => candidate === name);
    if (format !== undefined) return format;
    throw new FsaError('USAGE', `There is no report format ${String(name)}.`, {
      advice: `Choose from ${FORMATS.join(', ')}.`,
    });
  });
}
