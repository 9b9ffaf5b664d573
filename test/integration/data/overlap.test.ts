import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findOverlaps, overlappingRows } from '../../../src/data/corpus/overlap.js';
import { jsonLines, makeFolder, review } from './folder.js';

describe('findOverlaps', () => {
  it('finds sentences word for word, whatever the case, spaces and what encloses them', async () => {
    const sentence = 'The crew sang, loudly, all night long.';
    const text = (of: string) => review(1, { Text: of });
    const folder = await makeFolder({
      'c.json': jsonLines([
        text('We slept badly. the  crew\nSANG, loudly, all night long! Never again.'),
        text('The crew sang loudly all night long.'),
        text('The crew sang, loudly, all night longer.'),
        text('Bathe crew sang, loudly, all night long.'),
        { broken: true },
        text(`“${sentence.slice(0, -1)}”`),
      ]),
    });
    const sentences = [
      { sentence, id: 'x' },
      { sentence: 'The crew sang.', id: 'short' },
    ];
    const overlaps = await findOverlaps(sentences, [join(folder, 'c.json')]);
    expect(overlaps.found.map(({ line, sentence: { id } }) => [line, id])).toEqual([
      [1, 'x'],
      [6, 'x'],
    ]);
    expect(overlaps).toMatchObject({ tooShort: 1, rowsSearched: 5 });
    expect(overlappingRows(overlaps)).toEqual(new Map([[join(folder, 'c.json'), new Set([1, 6])]]));
  });

  it('finds any sentence put anywhere into any words', async () => {
    const words = fc.array(fc.stringMatching(/^[a-zé]{1,6}$/), { minLength: 6, maxLength: 12 });
    const folder = await makeFolder();
    const file = join(folder, 'c.json');
    await fc.assert(
      fc.asyncProperty(words, words, words, async (before, inside, after) => {
        const text = [...before, ...inside, ...after].join(' ');
        await writeFile(file, jsonLines([review(1, { Text: text })]));
        const { found } = await findOverlaps([{ sentence: inside.join('  ').toUpperCase() }], [file]);
        expect(found).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });
});
