import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toHtml } from '../../../src/report/html.js';
import { toLatex } from '../../../src/report/latex.js';
import { toMarkdown } from '../../../src/report/markdown.js';
import { toTerminal } from '../../../src/report/terminal.js';
import type { CellResult } from '../../../src/runs/types.js';
import { makeEval } from './example.js';

const DATASETS = [{ task: 'atsa', name: 'rest14' }] as const;
const reportOf = (edit: (cell: CellResult) => CellResult) =>
  buildReport({ runs: [makeEval({ datasets: DATASETS, seeds: [42], models: ['base'], edit })] });
const published = (cell: CellResult, f1: number): CellResult['literature'] => ({
  all: { ...cell.subsets.all!, counting: 'published', f1 },
});

describe('how cells were counted', () => {
  it('is not said where all is as usual', () => {
    const report = reportOf((cell) => ({
      ...cell,
      literature: published(cell, cell.subsets.all!.f1!),
      compare: 'exact',
      unreachableGold: 0,
    }));
    expect(report.tasks[0]?.countNotes).toEqual([]);
  });

  it('stands under the table of every format where it is not', async () => {
    const report = reportOf((cell) => ({
      ...cell,
      literature: published(cell, 0.125),
      compare: 'tokenizer-normalised',
      unreachableGold: 3,
    }));
    const shown = report.tasks[0]!.rows[0]!.cells[0]!.f1.mean!.toFixed(2);
    const terminal = toTerminal(report, { columns: 1000, color: false });
    for (const text of [toMarkdown(report), toLatex(report), terminal, await toHtml(report)]) {
      expect(text).toContain(`base on rest14 12.50 instead of ${shown}.`);
      expect(text).toContain('the published count');
      expect(text).toContain('(tokenizer');
      expect(text).toContain('never found: 3 of rest14.');
    }
  });
});
