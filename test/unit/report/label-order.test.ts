import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { confusionTable, partTables } from '../../../src/report/why.js';
import { makeEval } from './example.js';

describe('labels of a dataset', () => {
  it('stand in its own order, whatever comes first in the data', () => {
    const declared = ['neutral', 'negative', 'furious', 'positive'];
    const run = makeEval({ seeds: [42], edit: (cell) => ({ ...cell, polarities: declared }) });
    const analyses = buildReport({ runs: [run] }).tasks[0]!.analyses.filter(({ subset }) => subset === 'all');
    const used = ['neutral', 'negative', 'positive'];
    const [byPolarity] = partTables(analyses);
    expect(byPolarity?.title).toBe('by polarity');
    expect(byPolarity?.rows.map(({ name }) => name)).toEqual(used);
    const confusion = confusionTable(analyses);
    expect(confusion?.labels).toEqual(used);
    const first = analyses[0]!.model;
    expect(confusion?.rows.filter(({ model }) => model === first).map(({ gold }) => gold)).toEqual(used);
  });

  it('stand in the usual order where the dataset declares none', () => {
    const { analyses } = buildReport({ runs: [makeEval()] }).tasks[0]!;
    expect(confusionTable(analyses)?.labels).toEqual(['positive', 'neutral', 'negative']);
  });
});
