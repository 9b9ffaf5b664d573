/** TensorBoard's event files: TFRecord frames around protobuf messages, of which a scalar needs few fields. */
import { open, readdir, readFile, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { maskedCrc32c } from './crc32c.js';
import { makeFolder } from '../../storage/make-folder.js';

export interface Scalars {
  readonly wallSeconds: number;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

const PREFIX = 'events.out.tfevents.';

/** A new event file in a folder; files of earlier attempts stay as they are. */
export class EventFile {
  private constructor(private readonly file: FileHandle) {}

  static async create(folder: string): Promise<EventFile> {
    await makeFolder(folder);
    const seconds = Math.floor(Date.now() / 1000);
    const stem = `${PREFIX}${seconds}.${hostname()}.${process.pid}`;
    for (let number = 0; ; number += 1) {
      const file = await open(join(folder, `${stem}.${number}`), 'wx').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
        throw error;
      });
      if (file === null) continue;
      await file.appendFile(
        frame(Buffer.concat([double(1, seconds), bytes(3, Buffer.from('brain.Event:2'))])),
      );
      return new EventFile(file);
    }
  }

  /** On the disk when it resolves. */
  async append(events: readonly Scalars[]): Promise<void> {
    await this.file.appendFile(Buffer.concat(events.map((event) => frame(encode(event)))));
    await this.file.sync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** The last step of each tag in a folder's event files: what need not be written again. */
export async function readLastSteps(folder: string): Promise<Map<string, number>> {
  const steps = new Map<string, number>();
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX))) {
    for (const { step, tags } of readEvents(await readFile(join(folder, name))))
      for (const tag of tags) steps.set(tag, Math.max(step, steps.get(tag) ?? 0));
  }
  return steps;
}

function encode({ wallSeconds, step, values }: Scalars): Buffer {
  const summary = Object.entries(values).map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  );
  return Buffer.concat([double(1, wallSeconds), whole(2, step), bytes(5, Buffer.concat(summary))]);
}

function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(message.length));
  return Buffer.concat([length, checksum(length), message, checksum(message)]);
}

function checksum(data: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(maskedCrc32c(data));
  return sum;
}

// Protobuf's wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
const key = (field: number, wireType: number): Buffer => Buffer.from([field * 8 + wireType]);

function varint(value: number): Buffer {
  const found: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) found.push((rest % 128) + 128);
  return Buffer.from([...found, rest]);
}

const whole = (field: number, value: number): Buffer => Buffer.concat([key(field, 0), varint(value)]);

const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([key(field, 2), varint(value.length), value]);

function double(field: number, value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), data]);
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([key(field, 5), data]);
}

interface ReadEvent {
  readonly step: number;
  readonly tags: readonly string[];
}

/** Step and tags of each whole frame; what a kill cut off at the end is passed over. */
function* readEvents(file: Buffer): Generator<ReadEvent> {
  for (let at = 0; at + 12 <= file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const end = at + 12 + length;
    if (end + 4 > file.length) return;
    const event = readFields(file.subarray(at + 12, end));
    const tags = event.flatMap(({ field, data }) =>
      field !== 5 ? [] : readFields(data).map((value) => readTag(value.data)),
    );
    yield { step: event.find(({ field }) => field === 2)?.value ?? 0, tags };
    at = end + 4;
  }
}

function readTag(value: Buffer): string {
  return readFields(value)
    .filter(({ field }) => field === 1)
    .map(({ data }) => data.toString())
    .join('');
}

interface Field {
  readonly field: number;
  readonly value: number;
  readonly data: Buffer;
}

const SIZE_OF_WIRE_TYPE: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function readFields(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const wireType = tag % 8;
    const value = wireType === 0 || wireType === 2 ? next() : 0;
    const size = wireType === 2 ? value : (SIZE_OF_WIRE_TYPE[wireType] ?? 0);
    fields.push({ field: Math.floor(tag / 8), value, data: message.subarray(at, at + size) });
    at += size;
  }
  return fields;
}
