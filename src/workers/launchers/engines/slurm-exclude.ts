/** Nodes that a job is kept off, beside those that the user keeps it off. */

/**
 * Arguments of `sbatch` that leave nodes out, of which there it takes one alone.
 * @param own the user's; as they are where they name nodes by a file
 */
export function withoutNodes(nodes: readonly string[], own: readonly string[]): string[] {
  const others: string[] = [];
  let listed: string | null = null;
  for (let index = 0; index < own.length; index += 1) {
    const word = own[index] ?? '';
    if (word === '-x' || word === '--exclude') listed = own[(index += 1)] ?? '';
    else if (/^(-x|--exclude=)/.test(word)) listed = word.replace(/^(-x|--exclude=)/, '');
    else others.push(word);
  }
  if (nodes.length === 0 || listed?.includes('/') === true) return [...own];
  return [`--exclude=${[...(listed === null ? [] : [listed]), ...nodes].join(',')}`, ...others];
}
