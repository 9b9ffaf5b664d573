import { formatBytes } from '../../report/event-words.js';
import type { CommandBody } from '../command.js';
import { CARD_NAMES, CARD_OPTIONS } from './card.js';
import { OUTPUT_OPTIONS, pick, required } from './common.js';

export const pushCommand: CommandBody = {
  argument: { form: '<model>', description: 'student folder, or the run that made it' },
  options: [
    { flags: '--repo <owner/name>', description: 'repository; made where it is missing' },
    ...CARD_OPTIONS,
    { flags: '--private', description: 'a repository that is made is private' },
    { flags: '--message <text>', description: 'title of the commit' },
    { flags: '--dry-run', description: 'list files and show the card; ask and send nothing' },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa push runs/use --repo someone/rest14-student --license apache-2.0 --dry-run',
    'HF_TOKEN=… fsa push runs/use --repo someone/rest14-student --license apache-2.0',
  ],
  run: async ({ args, options, output, signal }) => {
    const { push } = await import('../../index.js');
    const [model = ''] = args;
    const names = { ...CARD_NAMES, private: 'private', message: 'message', dryRun: 'dryRun' };
    const given = pick(options, names) as { license: string };
    const repo = required(options, 'repo') as string;
    const result = await output.watch(push({ model, repo, ...given }, { signal }));
    const { files, commit, page, card } = result;
    const list = files.map(({ path, bytes }) => `  ${path} (${formatBytes(bytes)})`);
    const text =
      commit === null
        ? [`Would be sent to ${repo}:`, ...list, '', card]
        : [`${files.length} files sent to ${page ?? repo}, commit ${commit}`];
    output.result(result, text.join('\n'));
    return 0;
  },
};
