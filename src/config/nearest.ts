/** Guesses which known name a misspelt one means. */

/**
 * The known name with the fewest edits (insertions, deletions, substitutions, swaps of neighbours), upper
 * and lower case being equal; null when none is close enough to be meant.
 */
export function nearestName(word: string, names: readonly string[]): string | null {
  let best: { name: string; edits: number } | null = null;
  for (const name of names) {
    const edits = countEdits(simplify(word), simplify(name));
    if (best === null || edits < best.edits) best = { name, edits };
  }
  if (best === null) return null;
  const tolerance = Math.max(1, Math.floor(Math.min(word.length, best.name.length) / 3));
  return best.edits <= tolerance ? best.name : null;
}

/** `batch_size`, `batch-size` and `batchSize` are the same to who typed them. */
function simplify(word: string): string {
  // Nobody means a name by a novel; the distance takes time in the product of both lengths.
  return word
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[_\- ]/g, '');
}

/** Optimal string alignment distance. */
function countEdits(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const differs = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + differs);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) edits = Math.min(edits, at(before, j - 2) + 1);
      next.push(edits);
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
