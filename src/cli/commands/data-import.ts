import { FORMATS, type FormatName } from '../../data/importers/importer.js';
import { FsaError } from '../../errors.js';
import { TASK_CHOICE } from '../../tasks/registry.js';
import type { Command } from '../command.js';
import { OUTPUT_OPTIONS, parseList, parseTask, parseWhole, pick } from './common.js';

export const importCommand: Command = {
  name: 'import',
  summary: 'annotated files of many formats as a dataset folder',
  argument: {
    form: '[files...]',
    description: 'annotated files; a name with train, dev or test says which part a file is',
  },
  options: [
    {
      flags: '--from <format>',
      description: `auto (by content), ${FORMATS.join(', ')}`,
      parse: parseFormat,
    },
    { flags: '--task <task>', description: `${TASK_CHOICE}; guessed where it is not said`, parse: parseTask },
    {
      flags: '--output <folder>',
      description: 'new folder for train.json, dev.json, test.json, dataset.json',
    },
    { flags: '--dry-run', description: 'read and count everything, show ten rows, write nothing' },
    { flags: '--train <file>', description: 'a file of training sentences; repeatable', repeatable: true },
    { flags: '--dev <file>', description: 'a file to choose epochs by; repeatable', repeatable: true },
    { flags: '--test <file>', description: 'a file of test sentences; repeatable', repeatable: true },
    {
      flags: '--map <word=label>',
      description:
        'what a label means: polarity.POS=positive; with nothing after = it is left out; repeatable',
      repeatable: true,
    },
    {
      flags: '--polarities <list>',
      description: 'labels of your own, as in love,joy,anger (positive,neutral,negative,conflict)',
      parse: parseList,
    },
    {
      flags: '--column <field=name>',
      description: 'which column holds a field: text=review, term=aspect, polarity=stars; repeatable',
      repeatable: true,
    },
    { flags: '--delimiter <text>', description: 'between the cells of a table; by its header unless said' },
    {
      flags: '--encoding <name>',
      description: 'utf-8 unless the file says otherwise; windows-1252, gb18030, …',
    },
    {
      flags: '--repair <rule>',
      description: 'spaces: terms may differ from the text in white space',
      parse: parseRepair,
    },
    { flags: '--seed <n>', description: 'of the split (42)', parse: parseWhole },
    {
      flags: '--dev-share <share>',
      description: 'cut for dev where no file is one (0.1)',
      parse: parseShare,
    },
    {
      flags: '--test-share <share>',
      description: 'cut for test where no file is one (0.1)',
      parse: parseShare,
    },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa data import Restaurants_Train.xml Restaurants_Test_Gold.xml --task atsa --output datasets/rest14',
    'fsa data import reviews.csv --column text=review --map polarity.good=positive --dry-run',
  ],
  run: async ({ args, options, output, signal }) => {
    const { importData } = await import('../../index.js');
    const { formatImport } = await import('../render/data-import.js');
    const settings = pick(options, {
      from: 'from',
      task: 'task',
      output: 'output',
      dryRun: 'dryRun',
      train: 'train',
      dev: 'dev',
      test: 'test',
      polarities: 'polarities',
      delimiter: 'delimiter',
      encoding: 'encoding',
      repair: 'repair',
      seed: 'seed',
      devShare: 'devShare',
      testShare: 'testShare',
    });
    const map = pairsOf(options['map'], '--map polarity.POS=positive');
    const columns = pairsOf(options['column'], '--column text=review');
    const imported = await output.watch(
      importData(
        {
          paths: args,
          ...settings,
          ...(map === null ? {} : { map }),
          ...(columns === null ? {} : { columns }),
        },
        { signal },
      ),
    );
    output.result(imported, formatImport(imported));
    return 0;
  },
};

function parseFormat(text: string): FormatName | null {
  if (text === 'auto') return null;
  const format = FORMATS.find((name) => name === text);
  if (format === undefined) throw new Error(`The formats are auto, ${FORMATS.join(', ')}.`);
  return format;
}

function parseRepair(text: string): ['spaces'] {
  if (text !== 'spaces') throw new Error('The one rule is spaces.');
  return ['spaces'];
}

function parseShare(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < 1)) throw new Error('It must be from 0 to under 1.');
  return value;
}

/** `key=value` texts as an object, cut at the first "=". @throws FsaError USAGE */
function pairsOf(values: unknown, example: string): Record<string, string> | null {
  if (!Array.isArray(values)) return null;
  return Object.fromEntries(
    (values as string[]).map((text) => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
      throw new FsaError('USAGE', `${JSON.stringify(text)} has no "=".`, {
        advice: `Write it as in ${example}.`,
      });
    }),
  );
}
