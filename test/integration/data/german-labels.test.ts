/** A German table with labels of its own, as a spreadsheet writes it: from the file to a score of 100. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importData, score } from '../../../src/index.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const LABELS = ['sehr gut', 'gut', 'mäßig', 'schlecht'];
const TABLE = [
  '\ufeffNr;Bewertung;Aspekt;Note',
  '1;Rindfleischetikettierung öde, Straßenlärm so lala.;Rindfleischetikettierung;schlecht',
  '1;Rindfleischetikettierung öde, Straßenlärm so lala.;Straßenlärm;mäßig',
  '2;Das Überraschungsmenü war großartig.;Überraschungsmenü;sehr gut',
  '3;"Preis-Leistungs-Verhältnis; schön";Preis-Leistungs-Verhältnis;gut',
].join('\r\n');
const COLUMNS = { text: 'Bewertung', term: 'Aspekt', polarity: 'Note' };

describe('a German table with its own labels', () => {
  it('keeps umlauts, compounds and labels of two words, and scores 100 against itself', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'noten.csv'), TABLE);
    const whole = { train: ['noten.csv'], devShare: 0, testShare: 0, cwd: folder, output: 'out' };
    const imported = await importData({ ...whole, task: 'atsa', columns: COLUMNS, polarities: LABELS });
    expect(imported).toMatchObject({ sentences: 3, tuples: 4, rejected: [] });
    const gold = join(folder, 'out', 'train.json');
    expect(await readFile(gold, 'utf8')).toContain('Rindfleischetikettierung');
    const result = await score({ task: 'atsa', gold: [gold], predictions: gold });
    expect(result.subsets.all).toMatchObject({ f1: 1, gold: 4, malformed: 0 });
  });

  it('says what a table of categories loses where one is NULL', async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'a.csv'),
      'text,category,polarity\nEssen gut,Essen,positive\nNaja,NULL,negative\n',
    );
    const whole = { train: ['a.csv'], devShare: 0, testShare: 0, cwd: folder, output: 'out' };
    const imported = await importData({ ...whole, task: 'acsa' });
    expect(JSON.stringify(imported)).toContain('without a category');
  });
});
