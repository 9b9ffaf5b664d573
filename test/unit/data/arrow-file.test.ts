/** Our Arrow files are those that the library writes, byte for byte: digests in run folders stay what they were. */
import { makeData, RecordBatch, RecordBatchFileWriter, Field, Schema, Struct, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ArrowFile, type Pair } from '../../../src/data/pairs/arrow-file.js';

const NAMES = ['id', 'source', 'target'] as const;

function textColumn(texts: readonly string[]) {
  const valueOffsets = new Int32Array(texts.length + 1);
  for (const [index, text] of texts.entries())
    valueOffsets[index + 1] = (valueOffsets[index] ?? 0) + Buffer.byteLength(text);
  const data = new Uint8Array(
    Buffer.from(texts.map((text) => Buffer.from(text).toString('latin1')).join(''), 'latin1'),
  );
  return makeData({ type: new Utf8(), length: texts.length, nullCount: 0, valueOffsets, data });
}

function writtenByTheLibrary(batches: readonly (readonly Pair[])[]): Buffer {
  const schema = new Schema(NAMES.map((name) => new Field(name, new Utf8(), false)));
  const writer = new RecordBatchFileWriter({ autoDestroy: true });
  writer.reset(undefined, schema);
  for (const rows of batches) {
    const children = NAMES.map((name) => textColumn(rows.map((row) => row[name])));
    const type = new Struct(schema.fields);
    writer.write(new RecordBatch(schema, makeData({ type, length: rows.length, nullCount: 0, children })));
  }
  writer.finish();
  return Buffer.from(writer.toUint8Array(true));
}

function writtenByUs(batches: readonly (readonly Pair[])[]): Buffer {
  const file = new ArrowFile();
  return Buffer.concat([...batches.flatMap((rows) => file.encode(rows)), ...file.finish()]);
}

const text = fc.string({ unit: 'binary', maxLength: 40 });
const batch = fc.array(fc.record({ id: text, source: text, target: text }), { minLength: 1, maxLength: 20 });

it('writes the bytes that apache-arrow writes, whatever the texts and however many batches', () => {
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 5 }), (batches) => {
      expect(writtenByUs(batches).equals(writtenByTheLibrary(batches))).toBe(true);
    }),
  );
});

it('writes a batch as long as batches become', () => {
  const rows = Array.from({ length: 4096 }, (_, id) => ({ id: `${id}`, source: 'x'.repeat(id), target: '' }));
  expect(writtenByUs([rows, rows]).equals(writtenByTheLibrary([rows, rows]))).toBe(true);
});
