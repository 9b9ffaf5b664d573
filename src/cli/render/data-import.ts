import type { DataImportResult } from '../../index.js';
import { shorten } from './data.js';
import { formatTable } from './table.js';

const REJECTS_SHOWN = 10;

/** What was read, what became of it, and what is worth a look. */
export function formatImport(result: DataImportResult): string {
  const { format, task, folder, files, preview, rejected, rejectedCount, warnings } = result;
  const unsaid = result.notes['part-of-row'] === undefined ? 'dealt out' : 'by its rows';
  const hidden = rejectedCount - Math.min(rejected.length, REJECTS_SHOWN);
  return [
    ...(folder === null
      ? ['As the rows would be written:', ...preview.map((row) => JSON.stringify(row)), '']
      : []),
    ...files.map(({ file, format: name, part }) => `${shorten(file)}: ${name}, ${part ?? unsaid}`),
    '',
    partTable(result),
    '',
    `${task} from ${format}: ${result.sentences} sentences, ${result.tuples} tuples (${result.distinctTuples} distinct), ` +
      `${result.implicit.terms} implicit terms, ${result.implicit.opinions} implicit opinions`,
    ...warnings.map((warning) => `- ${warning}`),
    ...rejected
      .slice(0, REJECTS_SHOWN)
      .map(({ file, line, reason }) => `  ${shorten(file)}:${line}: ${reason}`),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    folder === null ? 'Nothing was written (--dry-run).' : `written: ${shorten(folder)}`,
  ].join('\n');
}

function partTable({ parts, polarities, ...counts }: DataImportResult): string {
  const labels = Object.keys(polarities);
  const row = (
    name: string,
    part: Pick<DataImportResult, 'sentences' | 'withoutTuples' | 'tuples' | 'polarities'>,
  ) => [
    name,
    ...[part.sentences, part.withoutTuples, part.tuples].map(String),
    ...labels.map((label) => String(part.polarities[label] ?? 0)),
  ];
  const rows = Object.entries(parts).map(([name, part]) => row(name, part));
  return formatTable(
    ['', 'sentences', 'none', 'tuples', ...labels],
    [...rows, ...(rows.length === 1 ? [] : [row('all', { ...counts, polarities })])],
  );
}
