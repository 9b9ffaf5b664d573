import { describe, expect, it } from 'vitest';
import { formatTable } from '../../../src/cli/render/table.js';

it('is a table whatever its cells hold: a row is one line, and columns stand under their heads', () => {
  const lines = formatTable(
    ['file', 'rows'],
    [
      ['a\nb.json', '2'],
      ['tab\there', '10'],
      ['餐厅.json', '3'],
    ],
  ).split('\n');
  expect(lines).toEqual([
    'file       rows',
    '─────────  ────',
    'a\\nb.json     2',
    'tab\\there    10',
    '餐厅.json     3',
  ]);
});

describe('a table that is wider than the terminal', () => {
  const path = 'datasets/reviews, of others/train.json';

  it('has its texts broken within their columns', () => {
    const text = formatTable(
      ['file', 'rows'],
      [
        [path, '10'],
        ['餐厅餐厅餐厅餐厅餐厅餐厅.json', '3'],
      ],
      { columns: 26 },
    );
    expect(text.split('\n')).toEqual([
      'file                  rows',
      '────────────────────  ────',
      'datasets/reviews,       10',
      'of others/train.json',
      '餐厅餐厅餐厅餐厅餐厅     3',
      '餐厅.json',
    ]);
  });

  it('comes in parts that each say what their rows are about, where it has many numbers', () => {
    const text = formatTable(['set', 'precision', 'recall', 'F1'], [['all', '50.00', '66.67', '57.14']], {
      columns: 22,
    });
    expect(text.split('\n')).toEqual([
      'set  precision  recall',
      '───  ─────────  ──────',
      'all      50.00   66.67',
      '',
      'set     F1',
      '───  ─────',
      'all  57.14',
    ]);
    const keyed = formatTable(['a', 'b', 'c', 'd'], [['1', '2', '3', '4']], { columns: 7, keys: 2 });
    expect(keyed.split('\n').filter((line) => !line.includes('─'))).toEqual([
      'a  b  c',
      '1  2  3',
      '',
      'a  b  d',
      '1  2  4',
    ]);
  });

  it.each([1, 5, 16, 20, 40, 79, 80, 200])('ends, and has every letter, at %i columns', (columns) => {
    const rows = [
      [path, '1', 'x'.repeat(50), ''],
      ['', 'a b', '😀😀', path],
    ];
    const text = formatTable(['file', 'rows', 'text', 'more'], rows, { columns });
    expect(text.split('x')).toHaveLength(52);
    if (columns >= 80) for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });
});
