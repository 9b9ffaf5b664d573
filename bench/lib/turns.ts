/** Two sides in turn, A B A B: what slows the machine for a while slows both. */

export interface Pair<Ours, Theirs> {
  readonly ours: Ours;
  readonly theirs: Theirs;
}

export interface Turns<Ours, Theirs> {
  readonly ours: () => Promise<Ours>;
  readonly theirs: () => Promise<Theirs>;
  /** The most pairs. */
  readonly pairs: number;
  /** No pair begins that would, by the longest so far, end after this; the first one always runs. */
  readonly budgetSeconds: number;
  readonly onPair: (pair: Pair<Ours, Theirs>, index: number) => void;
}

export async function takeTurns<Ours, Theirs>(
  turns: Turns<Ours, Theirs>,
): Promise<[Pair<Ours, Theirs>, ...Pair<Ours, Theirs>[]]> {
  const began = performance.now();
  let longest = 0;
  const onePair = async (index: number): Promise<Pair<Ours, Theirs>> => {
    const start = performance.now();
    const pair = { ours: await turns.ours(), theirs: await turns.theirs() };
    longest = Math.max(longest, performance.now() - start);
    turns.onPair(pair, index);
    return pair;
  };
  const pairs: [Pair<Ours, Theirs>, ...Pair<Ours, Theirs>[]] = [await onePair(0)];
  while (pairs.length < turns.pairs && performance.now() - began + longest <= turns.budgetSeconds * 1000)
    pairs.push(await onePair(pairs.length));
  return pairs;
}
