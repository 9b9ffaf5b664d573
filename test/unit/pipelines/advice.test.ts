/** Advice comes from what stands there. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCorpus } from '../../../src/pipelines/sources/corpus.js';
import { findModelFolder } from '../../../src/pipelines/sources/model.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

describe('advice', () => {
  it('does not send a misspelt folder to the hub', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'models', 'sample'), { recursive: true });
    await expect(findModelFolder('models/smaple', cwd)).rejects.toMatchObject({
      message: 'There is no model at models/smaple.',
    });
    await expect(findModelFolder('google-t5/t5-nope', cwd)).rejects.toMatchObject({
      advice: expect.stringContaining('fsa download model --repo google-t5/t5-nope') as string,
    });
  });

  it('says what a folder holds that holds no corpus, and how it becomes one', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'reviews'));
    for (const name of ['a.csv', 'b.csv', 'c.csv', 'd.csv']) await writeFile(join(cwd, 'reviews', name), '');
    await expect(findCorpus(['reviews'], cwd)).rejects.toMatchObject({
      advice: expect.stringMatching(/a\.csv, b\.csv, c\.csv and 1 more.*fsa data import/) as string,
    });
    await expect(findCorpus(['nowhere'], cwd)).rejects.toMatchObject({
      advice: expect.stringContaining('fsa download corpus') as string,
    });
  });
});
