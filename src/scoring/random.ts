/** A small seeded generator (sfc32), so that resampled numbers can be had again. */

/** Numbers in [0, 1) that depend on the seed alone. */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0;
  let b = 0x9e37_79b9;
  let c = Math.floor(seed / 0x1_0000_0000) >>> 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  // The first outputs of neighbouring seeds are alike.
  for (let round = 0; round < 15; round++) next();
  return next;
}
