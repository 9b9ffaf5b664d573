/** Every reader against the goldens of independent readers, on real files. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importerNamed, recogniseFormat } from '../../../../src/data/importers/registry.js';
import type { FormatName } from '../../../../src/data/importers/importer.js';
import {
  type ImportedRow,
  type ImportedTuple,
  isReject,
  type Reject,
} from '../../../../src/data/importers/row.js';
import { openSource } from '../../../../src/data/importers/source.js';
import { readPolarity } from '../../../../src/data/importers/polarity.js';
import { sharedFolder, sharedPath } from '../../../helpers/shared.js';

interface GoldenRow {
  readonly id?: string | number;
  readonly line?: number;
  readonly text: string;
  readonly tuples: readonly Readonly<Record<string, unknown>>[];
  readonly flags?: readonly string[];
}

/** Golden file, the reader that its files need, and which of the row's tuples it speaks of. */
const GOLDENS: readonly (readonly [golden: string, format: FormatName, only?: 'term' | 'category'])[] = [
  ['semeval14-terms', 'semeval14', 'term'],
  ['semeval14-categories', 'semeval14', 'category'],
  ['mams-terms', 'mams', 'term'],
  ['mams-categories', 'mams', 'category'],
  ['semeval15-16', 'semeval16'],
  ['semeval16-text-level', 'semeval16'],
  ['absa-quad', 'absa-quad'],
  ['tasd-gas', 'tasd'],
  ['m-absa', 'm-absa'],
  ['aste-v2', 'aste'],
  ['uabsa-gas', 'uabsa'],
  ['aste-v1', 'tags'],
  ['e2e-tags', 'tags'],
  ['acos-tsv', 'acos'],
  ['tasd-tasbert', 'tas-bert'],
  ['seg', 'seg'],
  ['pyabsa-apc', 'apc'],
  ['pyabsa-atepc', 'atepc'],
  ['pyabsa-acos', 'acos'],
  ['instructabsa-terms', 'instructabsa', 'term'],
  ['instructabsa-categories', 'instructabsa', 'category'],
  ['label-studio', 'label-studio'],
  ['doccano', 'doccano'],
  ['prodigy', 'prodigy'],
  ['plain', 'jsonl'],
];

/** Rows that a golden allows to be reported instead. */
const isFlagged = (row: GoldenRow): boolean => (row.flags ?? []).length > 0;

async function readAll(path: string) {
  const source = await openSource(path, null);
  const importer = recogniseFormat(source);
  const rows: ImportedRow[] = [];
  const rejects: Reject[] = [];
  for await (const batch of importer.read(source, { columns: {}, delimiter: null })) {
    for (const found of batch) {
      if (isReject(found)) rejects.push(found);
      else rows.push(found);
    }
  }
  return { name: importer.name, rows, rejects };
}

/** A tuple in the golden's words, with the keys that the golden has. */
function asGolden(tuple: ImportedTuple, like: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { term, opinion, category, polarity } = tuple;
  const all: Record<string, unknown> = {
    // Where the file's word differs in case, ours is the text's own.
    term: sameInLowerCase(term?.text, like['term']) ? like['term'] : (term?.text ?? null),
    from: term?.from ?? null,
    to: term?.to ?? null,
    opinion: opinion?.text ?? null,
    opinionFrom: opinion?.from ?? null,
    opinionTo: opinion?.to ?? null,
    category: category ?? null,
    polarity: polarity === null ? null : readPolarity(polarity),
  };
  return Object.fromEntries(Object.keys(like).map((key) => [key, all[key]]));
}

function sameInLowerCase(ours: string | undefined, wanted: unknown): boolean {
  return typeof wanted === 'string' && ours?.toLowerCase() === wanted.toLowerCase();
}

const files = GOLDENS.flatMap(([golden, format, only]) => {
  if (sharedFolder === null) return [];
  const content = JSON.parse(readFileSync(sharedPath('golden', 'formats', `${golden}.json`), 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly rows: readonly GoldenRow[] }>>;
  };
  return Object.entries(content.files).map(([path, { rows }]) => ({ golden, format, only, path, rows }));
});

/** Files of a golden that another reader of ours takes. */
const FORMAT_OF: Readonly<Record<string, FormatName>> = {
  'plain/acos_long_semicolon_bom_crlf.csv': 'csv',
  'plain/atsa_long.csv': 'csv',
  'pyabsa-acos/laptop_quad_test.tsv.jsonl': 'jsonl',
  'pyabsa-acos/restaurant14_test.jsonl': 'jsonl',
};

describe.skipIf(sharedFolder === null)('readers of foreign formats', () => {
  it.each(files)('reads $path as $golden has it', async ({ format, only, path, rows: golden }) => {
    const file = sharedPath('data', 'formats', path);
    expect(existsSync(file)).toBe(true);
    const { name, rows, rejects } = await readAll(file);
    expect(name).toBe(FORMAT_OF[path] ?? format);
    let at = 0;
    for (const wanted of golden) {
      const row = rows[at];
      if (row?.text !== wanted.text && isFlagged(wanted)) {
        expect(rejects.length).toBeGreaterThan(0);
        continue;
      }
      at++;
      expect(row?.text).toBe(wanted.text);
      if (row === undefined) continue;
      if (wanted.id !== undefined) expect(row.id).toBe(String(wanted.id));
      if (wanted.line !== undefined) expect(row.line).toBe(wanted.line);
      const tuples = row.tuples.filter((tuple) => only === undefined || tuple[only] !== undefined);
      const like = wanted.tuples[0] ?? {};
      expect(tuples.map((tuple, index) => asGolden(tuple, wanted.tuples[index] ?? like))).toEqual(
        wanted.tuples,
      );
    }
    expect(rows).toHaveLength(at);
  });

  it('has a reader under every name', () => {
    expect(importerNamed('uabsa').name).toBe('uabsa');
  });
});
