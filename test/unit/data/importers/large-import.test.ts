import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importData } from '../../../../src/index.js';
import { temporaryFolder } from '../../../helpers/temp-folder.js';

interface Example {
  readonly ID: string;
  readonly sentence: string;
}

it.each(['csv', 'jsonl'])('deals out a %s of many times what is held at once, row by row', async (form) => {
  const folder = await temporaryFolder();
  const texts = Array.from(
    { length: 20_000 },
    (_, n) => `寿司 number ${n}, ${'so 😍 '.repeat(n % 9)}was "cold"`,
  );
  const lines = texts.map((text, n) =>
    form === 'csv'
      ? `b${n >> 2}:${n},"${text.replaceAll('"', '""')}",寿司,negative`
      : JSON.stringify({ id: `b${n >> 2}:${n}`, text, term: '寿司', polarity: 'negative' }),
  );
  await writeFile(
    join(folder, `all.${form}`),
    [...(form === 'csv' ? ['id,text,term,polarity'] : []), ...lines, ''].join('\n'),
  );
  await importData({ paths: [`all.${form}`], task: 'atsa', output: 'out', cwd: folder });
  const parts = await Promise.all(
    ['train', 'dev', 'test'].map(
      async (part) => JSON.parse(await readFile(join(folder, 'out', `${part}.json`), 'utf8')) as Example[],
    ),
  );
  expect(parts.map((part) => part.length)).toEqual([16_000, 2000, 2000]);
  const found = new Map(parts.flat().map(({ ID, sentence }) => [Number(ID.split(':')[1]), sentence]));
  expect(texts.every((text, n) => found.get(n) === text)).toBe(true);
  // In each part the rows stand in the order in which they came.
  for (const part of parts) {
    const numbers = part.map(({ ID }) => Number(ID.split(':')[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }
});

it('joins a sentence that every line repeats without copying it for every line', async () => {
  const folder = await temporaryFolder();
  const line = 'The soup .,soup,positive\n';
  await writeFile(join(folder, 'a.csv'), `text,term,polarity\n${line.repeat(60_000)}`);
  const whole = { devShare: 0, testShare: 0, dryRun: true, cwd: folder };
  const result = await importData({ paths: ['a.csv'], task: 'atsa', ...whole });
  expect([result.sentences, result.tuples, result.distinctTuples]).toEqual([1, 60_000, 1]);
});
