/**
 * Ratios that were once reached, by kind of processor, and whether a new run holds them. A ratio of one kind says
 * nothing about another: where products are fast, everything else costs most.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FsaError, isFsaError } from '../../src/errors.js';
import { writeJsonAtomic } from '../../src/storage/atomic-write.js';
import { GOALS } from './goals.js';
import type { Line } from './result.js';

const spreadSchema = z.object({ ratio: z.number(), min: z.number(), max: z.number() });
const recordSchema = z.object({
  command: z.string(),
  /** By scenario and case, `distill t5-small`. */
  ratios: z.record(z.string(), spreadSchema),
});
/** By kind of processor, as `kindOfProcessor` names it. */
const recordsSchema = z.record(z.string(), recordSchema);
type Records = z.infer<typeof recordsSchema>;

/** What runs of one machine differ by. A ratio counts as fallen when it is worse than the worst before by more. */
const NOISE = 0.1;

export interface Comparison {
  /** One sentence each: what fell, what rose, what cannot be compared. */
  readonly sentences: readonly string[];
  readonly fell: boolean;
}

/** @throws FsaError CONFIG where the file is not what `--record` writes */
export async function readRecords(path: string): Promise<Records> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FsaError('CONFIG', 'There are no ratios to compare with.', {
      where: path,
      advice: 'Record some with --record.',
      cause,
    });
  }
  try {
    return recordsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FsaError('CONFIG', 'These are not ratios as --record writes them.', { where: path, cause });
  }
}

/** Puts a run's ratios in place of those of the same cases on the same kind; all others stay. */
export async function recordRatios(
  path: string,
  kind: string,
  { lines, command }: { readonly lines: readonly Line[]; readonly command: string },
): Promise<void> {
  const records = await readRecords(path).catch((error: unknown): Records => {
    if (isFsaError(error) && error.message.startsWith('There are no ratios')) return {};
    throw error;
  });
  const ratios = { ...records[kind]?.ratios };
  for (const line of lines) {
    const { median: ratio, min, max } = line.ratio;
    ratios[caseOf(line)] = { ratio, min, max };
  }
  await writeJsonAtomic(path, { ...records, [kind]: { command, ratios } });
}

export function compareRatios(records: Records, kind: string, lines: readonly Line[]): Comparison {
  const before = records[kind];
  if (before === undefined) {
    const known = Object.keys(records).join('; ') || 'none';
    return { sentences: [`No ratios were recorded on ${kind}, only on: ${known}.`], fell: false };
  }
  const judged = lines.map((line) => judge(line, before.ratios[caseOf(line)]));
  return { sentences: judged.map(({ sentence }) => sentence), fell: judged.some(({ fell }) => fell) };
}

function judge(
  line: Line,
  before: z.infer<typeof spreadSchema> | undefined,
): { readonly sentence: string; readonly fell: boolean } {
  const name = caseOf(line);
  const now = line.ratio.median;
  if (before === undefined) return { sentence: `${name}: ${times(now)}, recorded nowhere yet.`, fell: false };
  const lessIsBetter = GOALS[line.scenario].lessIsBetter === true;
  const fell = lessIsBetter ? now > before.max * (1 + NOISE) : now < before.min * (1 - NOISE);
  const rose = lessIsBetter ? now < before.min * (1 - NOISE) : now > before.max * (1 + NOISE);
  const word = fell ? 'WORSE' : rose ? 'better' : 'held';
  return { sentence: `${name}: ${word}, ${times(now)} where ${times(before.ratio)} was reached.`, fell };
}

function caseOf({ scenario, label }: Line): string {
  return `${scenario} ${label}`;
}

const times = (ratio: number): string => `${ratio.toFixed(2)}×`;
