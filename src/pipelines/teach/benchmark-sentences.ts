/** The sentences that students will be tested with: no teacher should be paid to write about them. */
import { readDataset } from '../../data/benchmark/dataset.js';
import type { Emit } from '../../events.js';
import { isFsaError } from '../../errors.js';

/** Dev and test sentences of the datasets that are here; of the others it is said that they were not compared. */
export async function readBenchmarkSentences(
  names: readonly string[],
  cwd: string,
  emit: Emit,
): Promise<{ readonly sentence: string }[]> {
  const sentences: { readonly sentence: string }[] = [];
  const missing: string[] = [];
  for (const name of names) {
    try {
      const { dev, test } = await readDataset(name, { cwd });
      sentences.push(...dev, ...test);
    } catch (error) {
      if (!isFsaError(error) || error.code !== 'DATA') throw error;
      missing.push(name);
    }
  }
  if (missing.length > 0) {
    const message = `The reviews were not compared with ${missing.join(', ')}: not found here (fsa download benchmark brings the published sets).`;
    emit({ type: 'warning', message, where: null });
  }
  return sentences;
}
