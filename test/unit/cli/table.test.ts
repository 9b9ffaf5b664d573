import { expect, it } from 'vitest';
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
