/** Reading files of JSON lines on from a byte: a line that is still being written waits for its end. */
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { EVENT_HANDLING, type FsaEvent } from '../events.js';

/** Bytes read at once: what bounds the memory. */
const CHUNK_BYTES = 256 * 1024;

export const LINE_FEED = 0x0a;

export interface TailLines {
  /** The JSON value of each whole line; null for a damaged one. */
  readonly lines: unknown[];
  /** The byte after each of them. */
  readonly ends: number[];
  /** Where to read on. */
  readonly end: number;
}

/** The whole lines of the next chunk of a file; none where there is no file. */
export async function readLines(path: string, start: number): Promise<TailLines> {
  for (let size = CHUNK_BYTES; ; size *= 2) {
    const bytes = await readBytes(path, start, size);
    const length = bytes.lastIndexOf(LINE_FEED) + 1;
    // A line longer than the chunk, or one that is still being written.
    if (length === 0 && bytes.length === size) continue;
    const texts = bytes.subarray(0, length).toString().split('\n').slice(0, -1);
    let end = start;
    const ends = texts.map((text) => (end += Buffer.byteLength(text) + 1));
    return { lines: texts.map(parseOrNull), ends, end: start + length };
  }
}

/** At most `length` bytes from a place on; none where there is no file. */
export async function readBytes(path: string, start: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return Buffer.alloc(0);
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A line's JSON value; null for a damaged one. */
export function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const eventLine = z.looseObject({ type: z.string(), time: z.string() });

/** Fields that are more than words and numbers, by the event that has them. */
const DEEPER: Readonly<Record<string, z.ZodType>> = {
  'run-started': z.looseObject({ kind: z.string(), jobs: z.number(), slots: z.array(z.string()) }),
  'job-failed': z.looseObject({ error: z.looseObject({ message: z.string() }) }),
};

/** A journal's line as an event; null where it is none that this version knows. */
export function asEvent(line: unknown): FsaEvent | null {
  const parsed = eventLine.safeParse(line);
  if (!parsed.success || !Object.hasOwn(EVENT_HANDLING, parsed.data.type)) return null;
  const deeper = DEEPER[parsed.data.type];
  return deeper === undefined || deeper.safeParse(line).success ? (line as FsaEvent) : null;
}
