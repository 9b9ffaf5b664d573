/** The sentences that students will be tested with: no teacher should be paid to write about them. */
import { isFsaError } from '../../errors.js';
import type { Work } from '../run/run-handle.js';
import { readHeldOut } from '../sources/held-out.js';

/** Dev and test sentences of the datasets that are here; of the others it is said that they were not compared. */
export async function readBenchmarkSentences(
  names: readonly string[],
  cwd: string,
  { emit, signal }: Pick<Work, 'emit' | 'signal'>,
): Promise<{ readonly sentence: string }[]> {
  const sentences: { readonly sentence: string }[] = [];
  const missing: string[] = [];
  for (const name of names) {
    try {
      for (const { examples } of await readHeldOut(name, { cwd, emit, signal })) sentences.push(...examples);
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
