/** The rows of a format that is a table with a header. */
import { readRecords, type TableRecord } from '../../formats/table.js';
import { type Found, type ImportedRow, rowOrReject } from '../row.js';
import { ENCODING_ADVICE, type Source } from '../source.js';

/** The rows below the header that are not blank; null is a record that is no row. */
export async function* rowsOfTable(
  source: Source,
  delimiter: string,
  read: (record: TableRecord) => ImportedRow | null,
): AsyncGenerator<Found[]> {
  const options = { name: source.path, delimiter, encodingAdvice: ENCODING_ADVICE };
  let below = false;
  for await (const records of readRecords(source.pieces(), options)) {
    const rows = below ? records : records.slice(1);
    if (records.length > 0) below = true;
    yield rows
      .filter(({ cells }) => cells.some((cell) => cell !== ''))
      .map((record) => rowOrReject(record.line, () => read(record)))
      .filter((found) => found !== null);
  }
}
