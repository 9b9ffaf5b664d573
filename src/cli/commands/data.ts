import { PRESETS } from '../../config/presets.js';
import { TASK_CHOICE } from '../../tasks/registry.js';
import type { Command, CommandBody, CommandOption } from '../command.js';
import { importCommand } from './data-import.js';
import { OUTPUT_OPTIONS, parseCount, parseTask, pick, required } from './common.js';

const { distill, eval: evaluation } = PRESETS.paper;

const checkCommand: Command = {
  name: 'check',
  summary: 'validate benchmark and corpus files, every problem with its line',
  argument: { form: '<paths...>', description: 'files, folders or globs' },
  options: [
    { flags: '--task <task>', description: `${TASK_CHOICE}, where the path does not say`, parse: parseTask },
    { flags: '--fix <folder>', description: 'write the rows that pass here, and the others with reasons' },
    {
      flags: '--model <model>',
      description: 'ask its tokenizer what it leaves of the gold: hub id, folder or run (needs Python)',
    },
    ...OUTPUT_OPTIONS,
  ],
  examples: ['fsa data check datasets/corpus', 'fsa data check my-dataset --task atsa --fix cleaned'],
  run: async ({ args, options, output, signal }) => {
    const { checkData } = await import('../../index.js');
    const { formatCheck } = await import('../render/data.js');
    const found = await output.watch(
      checkData({ paths: args, ...pick(options, { task: 'task', fix: 'fix', model: 'model' }) }, { signal }),
    );
    output.result(found, formatCheck(found));
    return found.errors > 0 ? 2 : 0;
  },
};

const statsCommand: Command = {
  name: 'stats',
  summary: 'counts and distributions as in the tables of the paper',
  argument: { form: '<paths...>', description: 'dataset folders, annotated or corpus files' },
  options: [
    { flags: '--task <task>', description: `${TASK_CHOICE}, where the path does not say`, parse: parseTask },
    {
      flags: '--model <model>',
      description: 'count tokens under its tokenizer: hub id, folder or run',
    },
    {
      flags: '--max-input-tokens <n>',
      description: `where inputs are cut (reviews ${distill.maxInputTokens}, sentences ${evaluation.maxInputTokens})`,
      parse: parseCount,
    },
    {
      flags: '--max-target-tokens <n>',
      description: `where targets are cut (answers ${distill.maxTargetTokens}, tuples ${evaluation.maxTargetTokens})`,
      parse: parseCount,
    },
    { flags: '--html <file>', description: 'also write a page with charts' },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa data stats atsa/rest14 datasets/corpus',
    'fsa data stats datasets/corpus --model google-t5/t5-base --html corpus.html',
  ],
  run: async ({ args, options, output, signal }) => {
    const { describeData } = await import('../../index.js');
    const { formatStats } = await import('../render/data.js');
    const settings = pick(options, {
      task: 'task',
      model: 'model',
      maxInputTokens: 'maxInputTokens',
      maxTargetTokens: 'maxTargetTokens',
      html: 'html',
    });
    const stats = await output.watch(describeData({ paths: args, ...settings }, { signal }));
    output.result(stats, formatStats(stats));
    return 0;
  },
};

const NEAR_OPTIONS: readonly CommandOption[] = [
  { flags: '--exact', description: 'only exact matches; needs no Python' },
  {
    flags: '--threshold <number>',
    description: 'least similarity (Jaccard, of shingles) of what counts as near',
    parse: parseShare,
  },
  { flags: '--shingle-words <n>', description: 'words that make one shingle', parse: parseCount },
];

const NEAR_NAMES = { exact: 'exactOnly', threshold: 'threshold', shingleWords: 'shingleWords' };

function parseShare(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1)) throw new Error('It must be over 0 and up to 1.');
  return value;
}

const overlapCommand: Command = {
  name: 'overlap',
  summary: 'find benchmark sentences in corpora, word for word or nearly',
  options: [
    { flags: '--corpus <path>', description: 'file, folder or glob; repeatable', repeatable: true },
    {
      flags: '--benchmark <path>',
      description: 'dataset (its dev and test sentences) or annotated file; repeatable',
      repeatable: true,
    },
    { flags: '--task <task>', description: `${TASK_CHOICE}, where the path does not say`, parse: parseTask },
    ...NEAR_OPTIONS,
    ...OUTPUT_OPTIONS,
  ],
  examples: ['fsa data overlap --corpus datasets/corpus --benchmark atsa/rest14 --benchmark atsa/laptop14'],
  run: async ({ options, output, signal }) => {
    const { findDataOverlap } = await import('../../index.js');
    const { formatOverlap } = await import('../render/duplicates.js');
    const corpus = required(options, 'corpus') as string[];
    const benchmark = required(options, 'benchmark') as string[];
    const settings = pick(options, { task: 'task', ...NEAR_NAMES });
    const found = await output.watch(findDataOverlap({ corpus, benchmark, ...settings }, { signal }));
    output.result(found, formatOverlap(found));
    return 0;
  },
};

const dedupeCommand: Command = {
  name: 'dedupe',
  summary: 'write corpora without rows that repeat an earlier one, exactly or nearly',
  argument: { form: '<paths...>', description: 'corpus files, folders or globs; the first of equals stays' },
  options: [
    { flags: '--to <folder>', description: 'where the new files go, and removed.jsonl with reasons' },
    {
      flags: '--by <part>',
      description: 'what is compared: row (review and answer, the default) or review',
      parse: (text) => {
        if (text !== 'row' && text !== 'review') throw new Error('It must be row or review.');
        return text;
      },
    },
    ...NEAR_OPTIONS,
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa data dedupe datasets/corpus --to deduped',
    'fsa data dedupe my.parquet --to out --by review --exact',
  ],
  run: async ({ args, options, output, signal }) => {
    const { dedupeData } = await import('../../index.js');
    const { formatDedupe } = await import('../render/duplicates.js');
    const to = required(options, 'to') as string;
    const done = await output.watch(
      dedupeData({ paths: args, to, ...pick(options, { by: 'by', ...NEAR_NAMES }) }, { signal }),
    );
    output.result(done, formatDedupe(done));
    return 0;
  },
};

export const dataCommand: CommandBody = {
  options: [],
  examples: [],
  members: [importCommand, checkCommand, statsCommand, overlapCommand, dedupeCommand],
};
