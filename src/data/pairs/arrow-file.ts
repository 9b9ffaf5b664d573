/**
 * The bytes of an Arrow IPC file of three text columns without nulls, as the library apache-arrow writes them. The
 * form never changes, so all but the numbers of a batch stands here ready; the library takes longer to load than an
 * eval takes to read its data.
 */

/** What a model reads and what it should write. */
export interface Pair {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}

const COLUMNS = ['id', 'source', 'target'] as const;

const MAGIC = Buffer.from('ARROW1');
/** Files begin with the magic word, filled up to eight bytes. */
const BEGINNING = Buffer.concat([MAGIC, Buffer.alloc(2)]);
const CONTINUES = 'ffffffff';
const END_OF_BATCHES = Buffer.from(`${CONTINUES}00000000`, 'hex');

/** Message (version 5) with a RecordBatch: its tables, before the numbers. */
const BATCH_TABLES = Buffer.from(
  `${CONTINUES}18010000` +
    '14000000000000000c00160014000f00100004000c0000000000000000000000' +
    '000000031000000004000a0018000c00080004000a00000014000000a8000000',
  'hex',
);
/** Where a batch's numbers stand, from the start of its message. */
const BODY_LENGTH_AT = 32;
const ROWS_AT = 72;
const BUFFER_COUNT_AT = 84;
const BUFFERS_AT = 88;
const NODE_COUNT_AT = 236;
const NODES_AT = 240;
const BATCH_BYTES = 288;
/** Of each column: which rows are null (nothing says none), where texts end, and the texts. */
const BUFFERS_OF_A_COLUMN = 3;

/** Footer (version 5): its table, before the batches' places. */
const FOOTER_TABLE = Buffer.from('100000000c0014000e001000040008000c000000100000001400000000000400', 'hex');
/** Schema: the fields id, source and target, each Utf8 and never null. */
const SCHEMA = Buffer.from(
  '08000800000004000800000004000000030000006c0000003000000004000000b0ffffff10000000180000000000000514000000' +
    '06000000746172676574000000000000a4ffffffd8ffffff1000000018000000000000051400000006000000736f75726365' +
    '000000000000ccffffff10001400040000000f00100000000800100000001000000014000000000000051400000002000000' +
    '69640000000000000400040004000000',
  'hex',
);
const PLACE_BYTES = 24;

/** Turns rows into the pieces of a file, in the order they belong on disk. */
export class ArrowFile {
  readonly #places: Buffer[] = [];
  #position = 0;

  encode(rows: readonly Pair[]): Uint8Array[] {
    const columns = COLUMNS.map((name) => textColumn(rows.map((row) => row[name])));
    const message = Buffer.alloc(BATCH_BYTES);
    BATCH_TABLES.copy(message);
    writeLong(message, rows.length, ROWS_AT);
    message.writeInt32LE(COLUMNS.length * BUFFERS_OF_A_COLUMN, BUFFER_COUNT_AT);
    message.writeInt32LE(COLUMNS.length, NODE_COUNT_AT);
    const buffers = columns.flatMap((column) => [EMPTY, column.ends, column.bytes]);
    let bodyBytes = 0;
    for (const [index, buffer] of buffers.entries()) {
      writeLong(message, bodyBytes, BUFFERS_AT + 16 * index);
      writeLong(message, buffer.length, BUFFERS_AT + 16 * index + 8);
      bodyBytes += buffer.length;
    }
    for (const index of COLUMNS.keys()) writeLong(message, rows.length, NODES_AT + 16 * index);
    writeLong(message, bodyBytes, BODY_LENGTH_AT);
    const beginning = this.#begin();
    this.#places.push(placeOf(this.#position, bodyBytes));
    this.#position += BATCH_BYTES + bodyBytes;
    return [...beginning, message, ...buffers];
  }

  finish(): Uint8Array[] {
    const counts = Buffer.alloc(16);
    // Where the schema lies, from here; how many dictionaries; how many batches.
    counts.writeInt32LE(PLACE_BYTES * (this.#places.length + 1), 0);
    counts.writeInt32LE(this.#places.length, 12);
    const footer = Buffer.concat([FOOTER_TABLE, counts, ...this.#places, SCHEMA]);
    const length = Buffer.alloc(4);
    length.writeInt32LE(footer.length);
    return [...this.#begin(), END_OF_BATCHES, footer, length, MAGIC];
  }

  #begin(): Uint8Array[] {
    if (this.#position > 0) return [];
    this.#position = BEGINNING.length;
    return [BEGINNING];
  }
}

const EMPTY = Buffer.alloc(0);

/** Buffers are filled up to a multiple of eight bytes. */
function textColumn(texts: readonly string[]): { readonly ends: Buffer; readonly bytes: Buffer } {
  const ends = Buffer.alloc(filledUp(4 * (texts.length + 1)));
  let end = 0;
  for (const [index, text] of texts.entries()) {
    end += Buffer.byteLength(text);
    ends.writeInt32LE(end, 4 * (index + 1));
  }
  const bytes = Buffer.alloc(filledUp(end));
  let written = 0;
  for (const text of texts) written += bytes.write(text, written);
  return { ends, bytes };
}

const filledUp = (bytes: number): number => Math.ceil(bytes / 8) * 8;

function placeOf(position: number, bodyBytes: number): Buffer {
  const place = Buffer.alloc(PLACE_BYTES);
  writeLong(place, position, 0);
  place.writeInt32LE(BATCH_BYTES, 8);
  writeLong(place, bodyBytes, 16);
  return place;
}

function writeLong(target: Buffer, value: number, at: number): void {
  target.writeBigInt64LE(BigInt(value), at);
}
