import { PAPER_MODELS } from '../../config/paper-models.js';
import { FsaError } from '../../errors.js';
import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS, parseCount, pick } from './common.js';

export const downloadCommand: CommandBody = {
  argument: {
    form: '[what]',
    description: `all, model (${PAPER_MODELS.join(', ')}), corpus or benchmark`,
  },
  options: [
    { flags: '--repo <id>', description: 'another hub repository' },
    { flags: '--revision <name>', description: 'branch, tag or commit' },
    { flags: '--include <glob>', description: 'only these files; repeatable', repeatable: true },
    { flags: '--exclude <glob>', description: 'not these files; repeatable', repeatable: true },
    { flags: '--to <folder>', description: 'also place the files in this folder' },
    { flags: '--dry-run', description: 'show what would be downloaded, and download nothing' },
    { flags: '--concurrency <n>', description: 'files at once', parse: parseCount },
    { flags: '--offline', description: 'ask no network: check what is there' },
    { flags: '--force', description: 'download everything again' },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa download --dry-run',
    'fsa download model --repo google-t5/t5-small',
    'fsa download benchmark',
  ],
  run: async ({ args, options, output, signal }) => {
    const { download } = await import('../../index.js');
    const { formatDownload } = await import('../render/download.js');
    const names = [
      'repo',
      'revision',
      'include',
      'exclude',
      'to',
      'dryRun',
      'concurrency',
      'offline',
      'force',
    ];
    const given = pick(options, Object.fromEntries(names.map((name) => [name, name])));
    const summary = await output.watch(download({ ...given, what: chooseWhat(args) }, { signal }));
    output.result(summary, formatDownload(summary));
    return 0;
  },
};

const WHAT = ['all', 'model', 'corpus', 'benchmark'] as const;

function chooseWhat([first = 'all', ...rest]: readonly string[]): (typeof WHAT)[number] {
  const what = WHAT.find((name) => name === first);
  if (what !== undefined && rest.length === 0) return what;
  throw new FsaError('USAGE', `fsa download does not know ${[first, ...rest].join(' ')}.`, {
    advice: 'Say one of all, model, corpus or benchmark; another repository is named with --repo.',
  });
}
