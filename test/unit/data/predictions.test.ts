/** Prediction files as people have them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FoundPrediction, readPredictions } from '../../../src/data/benchmark/predictions.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const WANTED = ['food | positive', 'service | negative'];

const task = taskNamed('atsa');
const said = (found: readonly FoundPrediction[]) => found.map(({ prediction }) => prediction);

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'predictions');
  await writeFile(path, content);
  return path;
}

describe('a file of predictions', () => {
  it.each([
    ['an array of strings', JSON.stringify(WANTED)],
    ['lines of strings', WANTED.map((text) => `${JSON.stringify(text)}\n`).join('')],
    ['lines of objects with text', WANTED.map((text) => `${JSON.stringify({ text })}\n`).join('')],
    [
      'lines of objects with prediction',
      WANTED.map((prediction) => `${JSON.stringify({ prediction })}\n`).join(''),
    ],
  ])('may be %s', async (_, content) => {
    expect(said(await readPredictions(await fileOf(content), { task }))).toEqual(WANTED);
  });

  it('may be plain lines where that is said, an empty one predicting nothing', async () => {
    const path = await fileOf('food | positive\r\n\nservice | negative\n');
    expect(said(await readPredictions(path, { task, plainLines: true }))).toEqual([WANTED[0], '', WANTED[1]]);
    await expect(readPredictions(path, { task })).rejects.toMatchObject({
      code: 'DATA',
      advice: expect.stringContaining('--plain-lines') as string,
    });
  });

  it('names the line and the key of an object without a text', async () => {
    await expect(
      readPredictions(await fileOf('{"text":"a"}\n{"output":"b"}\n'), { task }),
    ).rejects.toMatchObject({
      problems: [
        expect.stringMatching(/:2 example 2, text: text \(or prediction, or tuples\) is missing/) as string,
      ],
    });
  });
});
