/**
 * Into how many pieces a step is cut, so that ranks can be dealt them. It decides a result, and how many ranks
 * there are does not (but for rounding): a run keeps its shards, whatever ranks it goes on with.
 */
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { RunFile } from '../../runs/types.js';

/** @throws FsaError CONFIG where there are fewer shards than ranks, or more than a step has examples */
export function shardsOf({ distill }: Pick<Config, 'distill'>, before: RunFile | null): number {
  const { ranks, batchSize, accumulation } = distill;
  const recorded = recordedShards(before);
  const shards = distill.shards ?? recorded ?? ranks;
  const examples = batchSize * accumulation;
  if (shards > examples) {
    const asked = distill.shards === null ? `${ranks} ranks` : `${shards} shards`;
    throw new FsaError('CONFIG', `A step has ${examples} examples, which is too few for ${asked}.`, {
      where: distill.shards === null ? 'distill.ranks' : 'distill.shards',
      advice: 'Ask for fewer, or raise distill.batchSize or distill.accumulation.',
    });
  }
  if (ranks <= shards) return shards;
  const begun = distill.shards === null && recorded !== null;
  throw new FsaError(
    'CONFIG',
    `${begun ? 'This run was begun with steps of' : 'distill.shards cuts a step into'} ${shards === 1 ? 'one piece' : `${shards} pieces`}, too few for ${ranks} ranks.`,
    {
      where: 'distill.ranks',
      advice: begun
        ? `Go on with --ranks ${shards}, or begin anew in another folder (--output).`
        : 'Raise distill.shards, or leave it out.',
    },
  );
}

/** As it stands in a run's identity and in the work of its job: runs in one piece say nothing of it. */
export function decidingShards(shards: number): number | null {
  return shards > 1 ? shards : null;
}

function recordedShards(before: RunFile | null): number | null {
  if (before?.kind !== 'distill') return null;
  const shards = before.identity['shards'];
  return typeof shards === 'number' ? shards : 1;
}
