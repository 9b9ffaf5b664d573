/** A teacher in the pinned runtime: the second implementation of the one interface, with a tiny model. */
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { requireRuntime } from '../../../src/runtime/drift.js';
import { ROOT } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, readEverything, someReviews, teachOptions, writeReviews } from './teach-home.js';

async function makeModel(folder: string): Promise<string> {
  const { python } = await requireRuntime();
  const kit = join(ROOT, 'test/python/jobs');
  const program = `import sys; sys.path.insert(0, ${JSON.stringify(kit)})
from pathlib import Path
from causal_kit import make_causal_model
make_causal_model(Path(${JSON.stringify(folder)}))`;
  await execa(python, ['-c', program]);
  return folder;
}

describe('a teacher of the form hf:', () => {
  it('is asked through the same log, begins as it is told, costs nothing, and is not asked twice', async () => {
    const home = await temporaryFolder();
    await writeReviews(home, someReviews(9));
    const model = await makeModel(join(home, 'tiny'));
    const options = teachOptions(home, 'unused', {
      llm: { model: `hf:${model}`, price: { input: null, output: null }, concurrency: 9 },
      teach: { maxAnswerTokens: 8, filters: { cut: 'keep' } },
    });
    const first = await follow({ ...options, config: { ...options.config, threads: 1 } });
    expect(first.error).toBeNull();
    expect(first.result?.kinds['analysis']).toMatchObject({ answers: 9, unanswered: 0 });
    expect(first.result?.costs).toMatchObject({ usdSpent: 0, lostRequests: 0 });
    expect(await readEverything(join(home, 'run/answers'))).toContain('"text":"Opinion Target 1:');
    const again = await follow({ ...options, config: { ...options.config, threads: 1 } });
    expect(again.result?.costs).toEqual(first.result?.costs);
  });
});
