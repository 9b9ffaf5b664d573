import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toCsv } from '../../../src/report/csv.js';
import { toHtml } from '../../../src/report/html.js';
import { toJson } from '../../../src/report/json.js';
import { toJunit } from '../../../src/report/junit.js';
import { toLatex } from '../../../src/report/latex.js';
import { toMarkdown } from '../../../src/report/markdown.js';
import { toTerminal } from '../../../src/report/terminal.js';
import { widthOf } from '../../../src/report/text.js';
import type { Report } from '../../../src/report/types.js';
import { makeDistillation, makeEval } from './example.js';
import { parseCsv } from './parse-csv.js';

const report = buildReport({
  runs: [
    makeEval({
      fail: ({ model, dataset, seed }) =>
        model === 'distilled' && dataset === 'laptop16' && seed === 62
          ? 'killed, "twice"\nby signal 9'
          : null,
    }),
    makeDistillation(),
  ],
});
const atsa = report.tasks[0]!;

describe('HTML', () => {
  it('draws models whose names mean something else to a program', async () => {
    const models = ['constructor', 'toString', 'hasOwnProperty'];
    const page = await toHtml(buildReport({ runs: [makeEval({ models, epochs: 2 })] }));
    for (const name of models) expect(page).toContain(name);
  });
});

describe('CSV', () => {
  const [head, ...lines] = parseCsv(toCsv(report));
  const rows = lines.map((line) => Object.fromEntries(head!.map((name, index) => [name, line[index]!])));

  it('has a line per model, dataset and subset, all of the same length', () => {
    expect(lines).toHaveLength(
      report.tasks.reduce((n, task) => n + task.rows.length * task.columns.length, 0),
    );
    expect(lines.every((line) => line.length === head!.length)).toBe(true);
  });

  it('gives unrounded numbers, each seed, and the comparison', () => {
    const row = rows.find((one) => one['model'] === 'distilled' && one['subset'] === 'all')!;
    const cell = atsa.rows[1]!.cells[0]!;
    expect(Number(row['f1_mean'])).toBe(cell.f1.mean);
    expect(Number(row['recall_sd'])).toBe(cell.recall.deviation);
    expect(row['f1_by_seed']).toBe(cell.f1.values.map((value) => `${value.seed}=${value.points}`).join(' '));
    expect(row).toMatchObject({
      baseline: 'base',
      pairs: '3',
      p: '0.25',
      duplicates: 'each',
      state: 'complete',
    });
    expect(Number(row['f1_difference'])).toBe(atsa.differences!.rows[0]!.cells[0]!.meanDifference);
  });

  it('leaves the mean of an incomplete group empty and says why', () => {
    const row = rows.find((one) => one['dataset'] === 'laptop16' && one['model'] === 'distilled')!;
    expect(row).toMatchObject({
      state: 'partial',
      seeds_done: '2',
      seeds_planned: '3',
      f1_mean: '',
      f1_difference: '',
    });
    expect(row['missing']).toBe('seed 62: killed, "twice"\nby signal 9');
  });
});

describe('JSON', () => {
  it('holds the report, and the wrong sentences as counts', () => {
    const parsed = JSON.parse(toJson(report)) as Report & { unit: string; mistakes: { kept: number } };
    expect(parsed.unit).toBe('points');
    expect(parsed.tasks).toEqual(JSON.parse(JSON.stringify(report.tasks)));
    expect(parsed.mistakes.kept).toBe(report.mistakes.rows.length);
    expect(parsed.mistakes).not.toHaveProperty('rows');
  });
});

describe('JUnit', () => {
  const xml = toJunit(report);

  it('has a case per planned cell, and a failure for each that is missing', () => {
    expect(xml.match(/<testcase /g)).toHaveLength(12);
    expect(xml.match(/<failure /g)).toHaveLength(1);
    expect(xml).toContain(
      '<testsuites name="quickstart and distil-sample" tests="12" failures="1" errors="0"',
    );
    expect(xml).toContain('<failure message="killed, &#34;twice&#34;&#10;by signal 9" type="missing"/>');
    expect(xml).toContain('classname="acsa.laptop16" name="distilled, seed 62"');
  });
});

describe('LaTeX', () => {
  it('makes booktabs tables whose rows all have as many cells as columns', () => {
    const text = toLatex(report);
    const tables = [...text.matchAll(/\\begin\{tabular\}\{([lr]+)\}(.*?)\\end\{tabular\}/gs)];
    expect(tables).toHaveLength(4);
    for (const [, columns, body] of tables) {
      const rows = body!.split('\n').filter((line) => line.endsWith('\\\\') && !line.includes('multicolumn'));
      expect(rows.length).toBeGreaterThan(1);
      for (const row of rows) expect(row.split('&')).toHaveLength(columns!.length);
    }
    expect(text).toMatch(/\\toprule[\s\S]*\\cmidrule\(lr\)\{2-6\}[\s\S]*\\midrule[\s\S]*\\bottomrule/);
    expect(text).toContain('{\\itshape 2 of 3 seeds}');
  });
});

describe('Markdown', () => {
  it('makes the highest mean bold, states the rule and lists what is missing', () => {
    const text = toMarkdown(report);
    const f1 = atsa.rows[1]!.cells[0]!.f1;
    expect(text).toContain(`| distilled | **${f1.mean!.toFixed(2)} ± ${f1.deviation!.toFixed(2)}** |`);
    expect(text).toContain('(rule: each)');
    expect(text).toContain('| distilled | acsa | laptop16 | 62 | 100 % | killed, "twice" by signal 9 |');
    expect(text).toContain('| distil-sample | 300 | 2700000 |');
  });

  it('shows n in each cell only where it differs', () => {
    expect(toMarkdown(report)).not.toContain('(n=3)');
    const more = makeEval({ seeds: [42, 52, 62, 72, 82], fail: () => null });
    const fewer = (run: typeof more) => ({
      ...run,
      results: {
        ...run.results!,
        cells: run.results!.cells.filter((cell) => cell.model === 'base' || cell.seed < 70),
      },
    });
    const text = toMarkdown(buildReport({ runs: [fewer(more)] }));
    expect(text).toMatch(/\| base \| [\d.]+ ± [\d.]+ \(n=5\)/);
    expect(text).toMatch(/\(n=3\)/);
  });
});

describe('the terminal', () => {
  it.each([40, 60, 80, 132, 300])('keeps within %i columns and shows every number', (columns) => {
    const lines = toTerminal(report, { columns, color: false }).split('\n');
    expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
    const text = lines.join('\n');
    for (const { f1 } of atsa.rows.flatMap((row) => row.cells)) expect(text).toContain(f1.mean!.toFixed(2));
    expect(text).toContain('2 of 3 seeds');
    expect(text).toContain('killed,');
  });

  it('uses colour only when asked to, and then the same words', () => {
    const [plain, coloured] = [false, true].map((color) => toTerminal(report, { columns: 100, color }));
    expect(plain).not.toContain('\u001b');
    expect(coloured).toContain('\u001b[1m');
    expect(coloured!.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('says that there are no results yet', () => {
    expect(toTerminal(buildReport({ runs: [] }), { columns: 80, color: false })).toBe('No results yet.\n');
  });
});
