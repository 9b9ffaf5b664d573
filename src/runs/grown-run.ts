/** run.json of a folder that is taken up again: the run grows, and what it holds keeps the names of its makers. */
import { toCanonicalJson } from '../storage/digest.js';
import type { Maker, RunFile } from './types.js';

/** What was asked for earlier is still part of it, and so is what its data say of themselves. */
export function grownFrom(old: RunFile, now: RunFile): RunFile {
  const { made, fsaVersion, versions, createdAt } = old;
  const { made: _made, ...asked } = now;
  const [before, after] = [old.config['eval'], now.config['eval']] as (Axes | undefined)[];
  const grown = {
    models: { ...before?.models, ...after?.models },
    datasets: union(before?.datasets, after?.datasets),
    seeds: union(before?.seeds, after?.seeds),
    trainShare: union(before?.trainShare, after?.trainShare),
  };
  return {
    ...asked,
    fsaVersion,
    versions,
    createdAt,
    ...(made === undefined ? {} : { made }),
    // Servers of language models, or one kind of device.
    device: union(old.device.split(', '), now.device.split(', ')).join(', '),
    notes: KINDS_OF_CELLS.has(now.kind) ? union(old.notes, now.notes) : now.notes,
    hashes: { ...old.hashes, ...now.hashes },
    config: now.kind === 'eval' ? { ...now.config, eval: { ...after, ...grown } } : now.config,
  };
}

/** The same where something is added to what it holds: by which command, and on what. */
export function madeFurther(run: RunFile, now: RunFile): RunFile {
  const { fsaVersion, versions, made } = now;
  if (made === undefined) return { ...run, fsaVersion, versions };
  const earlier = makersOf(run).filter((maker) => !areAlike(maker, { fsaVersion, ...made }));
  return {
    ...run,
    fsaVersion,
    versions,
    made: {
      ...made,
      commands: union(run.made?.commands, made.commands),
      ...(earlier.length === 0 ? {} : { earlier }),
    },
  };
}

/** By what and on what a run was made, the first one first; empty in folders of older versions. */
export function makersOf({ made, fsaVersion }: Pick<RunFile, 'fsaVersion'> & Made): Maker[] {
  if (made == null) return [];
  const { commit, processor, processors, gpus, memoryBytes } = made;
  return [...(made.earlier ?? []), { fsaVersion, commit, processor, processors, gpus, memoryBytes }];
}

interface Made {
  readonly made?: RunFile['made'] | null;
}

/** The memory of one machine differs by a little from start to start. */
function areAlike(one: Maker, other: Maker): boolean {
  const [mine, its] = [one, other].map(({ fsaVersion, commit, processor, processors, gpus }) =>
    toCanonicalJson({ fsaVersion, commit, processor, processors, gpus }),
  );
  return mine === its;
}

/** Their folders keep the cells of earlier commands. */
const KINDS_OF_CELLS: ReadonlySet<RunFile['kind']> = new Set(['eval', 'baseline']);

function union<T>(one: readonly T[] = [], other: readonly T[] = []): T[] {
  return [...new Set([...one, ...other])];
}

interface Axes {
  readonly models?: Readonly<Record<string, string>>;
  readonly datasets?: readonly string[];
  readonly seeds?: readonly number[];
  readonly trainShare?: readonly number[];
}
