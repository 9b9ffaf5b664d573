/** How to have the numbers of a run again, in words: the same facts in every format. */
import { makersOf } from '../runs/grown-run.js';
import { LOCK_HASH } from '../runs/identity.js';
import type { Maker } from '../runs/types.js';
import { count, formatSpan, listWords } from './format.js';
import type { RunLine } from './types.js';

const UNKNOWN = 'not recorded: an older fsa made this run';

/** Names and values, in their order; where several made it, each different value once. */
export function describeReproduction(run: RunLine): [name: string, value: string][] {
  const { made, wallSeconds, fsaVersion, hashes } = run;
  const lock = hashes[LOCK_HASH];
  const makers = makersOf(run);
  const each = (describe: (maker: Maker) => string): string =>
    makers.length === 0 ? UNKNOWN : [...new Set(makers.map(describe))].join(' ; ');
  return [
    ['command', made === null ? UNKNOWN : made.commands.join(' ; ')],
    ['fsa', made === null ? fsaVersion : each(describeVersion)],
    [
      'processor',
      each(({ processor, processors }) => `${processor}, ${count(processors, 'logical processor')}`),
    ],
    ['GPU', each(({ gpus }) => (gpus.length === 0 ? 'none' : listWords(gpus)))],
    ['memory', each(({ memoryBytes }) => `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`)],
    ['wall time', wallSeconds === null ? 'not recorded' : formatSpan(wallSeconds)],
    ['runtime lock', lock ?? 'not recorded'],
  ];
}

function describeVersion({ fsaVersion, commit }: Maker): string {
  return commit === null ? fsaVersion : `${fsaVersion}, commit ${commit}`;
}
