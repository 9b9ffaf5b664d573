import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lengths } from '../../../src/data/check/lengths.js';
import { describeData } from '../../../src/index.js';
import { aspect, errorOf, jsonLines, makeFolder, review } from './folder.js';

const SAMPLE_MODEL = join(import.meta.dirname, '../../../models/sample');

describe('describeData', () => {
  it('counts tokens, and rows that the limits cut', { timeout: 120_000 }, async () => {
    const rows = Array.from({ length: 50 }, (_, id) => review(id, { Text: 'boat '.repeat(id + 1).trim() }));
    const cwd = await makeFolder({ 'c.json': jsonLines([...rows, { ID: 51 }]) });
    const count = async (maxInputTokens: number, maxTargetTokens: number) => {
      const model = SAMPLE_MODEL;
      return (await describeData({ paths: ['c.json'], model, maxInputTokens, maxTargetTokens, cwd })).tokens;
    };
    const free = await count(5000, 5000);
    expect(free).toMatchObject({ rows: 50, cutInputs: 0, cutTargets: 0, maxInputTokens: 5000 });
    // The same word once to fifty times: as many tokens each, and one for the end.
    const perWord = ((free?.meanInput ?? 0) - 1) / 25.5;
    expect(perWord).toBeGreaterThanOrEqual(1);
    expect(perWord).toBeCloseTo(Math.round(perWord), 6);
    const limit = 10 * Math.round(perWord) + 1;
    expect(await count(limit, 1)).toMatchObject({ cutInputs: 40, cutTargets: 50, meanTarget: 1 });
  });

  it('asks for a corpus where tokens are to be counted', async () => {
    const file = JSON.stringify([{ ID: '1', sentence: 'The boat.', aspects: [aspect('boat')] }]);
    const cwd = await makeFolder({ 'atsa/test.json': file });
    const error = await errorOf(describeData({ paths: ['atsa/test.json'], model: SAMPLE_MODEL, cwd }));
    expect([error.code, error.message]).toEqual(['USAGE', expect.stringContaining('none was named')]);
  });

  it('refuses limits where no tokens are counted', async () => {
    const cwd = await makeFolder({ 'c.json': jsonLines([review(1)]) });
    const error = await errorOf(describeData({ paths: ['c.json'], maxInputTokens: 5, cwd }));
    expect([error.code, error.message]).toEqual(['USAGE', expect.stringContaining('needs a tokenizer')]);
  });

  it('writes a page with charts that runs nothing and escapes what comes from files', async () => {
    const example = {
      ID: '1',
      sentence: 'The boat.',
      aspects: [aspect('NULL', 'positive', { category: 'BOAT#<b>' })],
    };
    const cwd = await makeFolder({
      'acsa/test.json': JSON.stringify([example]),
      'c.json': jsonLines([review(1), review(2, { Overall: 1 })]),
    });
    const paths = ['acsa/test.json', 'c.json'];
    const { htmlFile } = await describeData({ paths, html: 'out/page.html', cwd });
    expect(htmlFile).toBe(join(cwd, 'out/page.html'));
    const page = await readFile(htmlFile ?? '', 'utf8');
    expect(page.match(/<svg /g)).toHaveLength(6);
    expect(page).toContain('mixtral_response');
    expect(page).toContain('2 rows in 1 files');
    expect(page).toMatch(/boat#&lt;b&gt;|BOAT#&lt;b&gt;/i);
    expect(page).not.toMatch(/<script|<b>|NaN|undefined/);
    expect(page).toContain(`default-src 'none'`.replaceAll("'", '&#39;'));
  });
});

describe('Lengths', () => {
  it('loses no value in its bins, which lie side by side', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000)), (values) => {
        const lengths = new Lengths();
        for (const value of values) lengths.add(value);
        const { bins, count, minimum, maximum } = lengths.distribution();
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(count);
        expect(bins.length).toBeLessThanOrEqual(31);
        for (const [index, bin] of bins.entries()) {
          const inside = values.filter((value) => value >= bin.from && value <= bin.to).length;
          expect(bin.count).toBe(inside);
          expect(bin.from).toBe(index === 0 ? minimum : (bins[index - 1]?.to ?? 0) + 1);
        }
        if (values.length > 0) expect(bins.at(-1)?.to).toBe(maximum);
      }),
    );
  });
});
