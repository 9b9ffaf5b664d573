/** Drawing a share of the training data. */

/**
 * Indices of a share of `count` examples, ascending. Every index has a seeded rank and the lowest ranks
 * are taken, so with one seed a smaller share is a part of every larger one. The size is rounded down, as
 * in the published scripts, but at least one index is drawn where there is any.
 * @param share in (0, 1]; 1 is everything
 */
export function drawShare(count: number, share: number, seed: number): number[] {
  if (!(share > 0 && share <= 1))
    throw new RangeError(`a share lies above 0 and at most at 1, not at ${share}`);
  const all = Array.from({ length: count }, (_, index) => index);
  if (share === 1) return all;
  const wanted = Math.min(count, Math.max(1, Math.floor(count * share)));
  const ranks = new Float64Array(count);
  for (const index of all) ranks[index] = mixedRank(seed, index);
  return all
    .sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0) || a - b)
    .slice(0, wanted)
    .sort((a, b) => a - b);
}

/** A number in [0, 1) that depends on seed and index alone. */
function mixedRank(seed: number, index: number): number {
  const high = mix(mix(seed >>> 0) ^ Math.imul(index + 1, 0x9e37_79b1));
  const low = mix(high ^ 0x85eb_ca6b);
  return (high * 0x20_0000 + (low >>> 11)) / 0x20_0000_0000_0000;
}

/** A bijection of 32-bit integers with good avalanche (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
