/** How to have the numbers of a run again, in words: the same facts in every format. */
import { LOCK_HASH } from '../runs/identity.js';
import { count, formatSpan, listWords } from './format.js';
import type { RunLine } from './types.js';

const UNKNOWN = 'not recorded: an older fsa made this run';

/** Names and values, in their order. */
export function describeReproduction(run: RunLine): [name: string, value: string][] {
  const { made, wallSeconds, fsaVersion, hashes } = run;
  const lock = hashes[LOCK_HASH];
  return [
    ['command', made === null ? UNKNOWN : made.commands.join(' ; ')],
    ['fsa', made?.commit == null ? fsaVersion : `${fsaVersion}, commit ${made.commit}`],
    [
      'processor',
      made === null ? UNKNOWN : `${made.processor}, ${count(made.processors, 'logical processor')}`,
    ],
    ['GPU', made === null ? UNKNOWN : made.gpus.length === 0 ? 'none' : listWords(made.gpus)],
    ['memory', made === null ? UNKNOWN : `${(made.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ['wall time', wallSeconds === null ? 'not recorded' : formatSpan(wallSeconds)],
    ['runtime lock', lock ?? 'not recorded'],
  ];
}
