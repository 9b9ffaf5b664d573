/** metrics.jsonl: one line per optimizer step or validation, continued after a resume without gap or repeat. */
import { createReadStream } from 'node:fs';
import { stat, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { metricRecord, type MetricRecord } from '../rpc/messages.js';
import { namePath, writeAll } from '../storage/file-handle.js';
import { openWholeLines, readJsonLines } from './lines.js';

export class MetricsLog {
  #writing: Promise<void> = Promise.resolve();
  #continued = false;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    /** Bytes of whole lines. */
    private length: number,
  ) {}

  static async open(path: string): Promise<MetricsLog> {
    const { file, bytes } = await openWholeLines(path);
    return new MetricsLog(file, path, bytes);
  }

  /**
   * Adds records. The first ones of an attempt say where it resumed: what an earlier attempt wrote from
   * there on is taken off, because its steps are done again.
   */
  async append(records: readonly MetricRecord[]): Promise<void> {
    const previous = this.#writing;
    this.#writing = (async () => {
      await previous;
      await this.#write(records);
    })();
    await this.#writing;
  }

  async close(): Promise<void> {
    try {
      await this.#writing;
      await this.file.sync();
    } finally {
      await this.file.close();
    }
  }

  async #write(records: readonly MetricRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    if (!this.#continued) {
      const kept = this.length === 0 ? 0 : await lengthBeforeStep(this.path, first.step);
      if (kept < this.length) await this.file.truncate(kept);
      this.length = kept;
      this.#continued = true;
    }
    const bytes = Buffer.from(records.map(lineOf).join(''));
    try {
      await writeAll(this.file, bytes, this.length);
      this.length += bytes.length;
    } catch (error) {
      // Half a line is no record: whoever reads the file after a full disk finds whole ones.
      await this.file.truncate(this.length).catch(() => undefined);
      throw namePath(error, this.path);
    }
  }
}

const FIELDS = metricRecord.keyof().options;

/** The record's JSON, in half of the time: it has finite numbers and null alone. */
function lineOf(record: MetricRecord): string {
  let line = '';
  for (const field of FIELDS) line += `${line === '' ? '{' : ','}"${field}":${record[field]}`;
  return `${line}}\n`;
}

/** Bytes of the leading lines whose step is below `step`; a damaged line ends them. */
async function lengthBeforeStep(path: string, step: number): Promise<number> {
  let length = 0;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    const parsed = metricRecord.safeParse(parseOrNull(line));
    if (!parsed.success || parsed.data.step >= step) break;
    length += Buffer.byteLength(line) + 1;
  }
  return length;
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** All lines of a metrics file; none where there is no file. */
export async function readMetrics(path: string): Promise<MetricRecord[]> {
  const found: MetricRecord[] = [];
  const file = await stat(path).catch(() => null);
  if (file === null || file.size === 0) return found;
  try {
    for await (const value of readJsonLines(path)) {
      const parsed = metricRecord.safeParse(value);
      if (parsed.success) found.push(parsed.data);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return found;
}

/** The last optimizer step up to which every step has its line; 0 where there is none. */
export async function lastStepWithoutGap(path: string): Promise<number> {
  let last = 0;
  for (const { step } of await readMetrics(path)) {
    if (step > last + 1) break;
    last = Math.max(last, step);
  }
  return last;
}
