/** What a scenario gives back: one line of the table, and everything behind it for the JSON. */
import type { ComparedName } from './goals.js';
import { spreadOf, type Spread } from './statistics.js';

export interface Line {
  readonly scenario: ComparedName;
  /** Which case of the scenario, such as a shape. */
  readonly label: string;
  /** The yardstick's seconds over ours; for memory our share of the yardstick's. One per pair. */
  readonly ratio: Spread;
  /** The same of processor seconds, as a check on a busy machine. */
  readonly cpuRatio: Spread | null;
  readonly usefulTokensPerSecond: { readonly ours: number; readonly theirs: number } | null;
  /** FLOPs of real tokens over the measured rate of matrix products in the precision that both train in. */
  readonly usefulMfu: { readonly ours: number; readonly theirs: number } | null;
  /** What was run, exactly, in words. */
  readonly run: string;
  readonly more: Readonly<Record<string, unknown>>;
}

export interface Clocked {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Wall and processor ratios of pairs. */
export function ratiosOf(pairs: readonly { ours: Clocked; theirs: Clocked }[]): {
  ratio: Spread;
  cpuRatio: Spread;
} {
  return {
    ratio: spreadOf(pairs.map(({ ours, theirs }) => theirs.seconds / ours.seconds)),
    cpuRatio: spreadOf(pairs.map(({ ours, theirs }) => theirs.cpuSeconds / ours.cpuSeconds)),
  };
}
