/** metrics.jsonl: one line per optimizer step or validation, continued after a resume without gap or repeat. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { metricRecord, type MetricRecord } from '../rpc/messages.js';
import { toMetricLines } from '../rpc/metric-lines.js';
import { LineFile, readJsonLines } from './lines.js';

export class MetricsLog {
  /** Null where all that came before is written. */
  #writing: Promise<void> | null = null;
  #continued = false;

  private constructor(private readonly file: LineFile) {}

  /** @param isLocal whether the disk is this machine's own */
  static async open(path: string, isLocal: boolean): Promise<MetricsLog> {
    return new MetricsLog(await LineFile.open(path, isLocal));
  }

  /** The last optimizer step up to which every step has its line; 0 where there is none. */
  async lastStepWithoutGap(): Promise<number> {
    let last = 0;
    if (this.file.length === 0) return last;
    for (const { step } of await readMetrics(this.file.path)) {
      if (step > last + 1) break;
      last = Math.max(last, step);
    }
    return last;
  }

  /**
   * Adds records. The first ones of an attempt say where it resumed: what an earlier attempt wrote from
   * there on is taken off, because its steps are done again.
   */
  append(records: readonly MetricRecord[]): void | Promise<void> {
    if (this.#writing === null && this.#continued) {
      const appending = this.#add(records);
      return appending === undefined ? undefined : this.#follow(appending);
    }
    return this.#follow(this.#writeAfter(this.#writing, records));
  }

  async close(): Promise<void> {
    try {
      await this.#writing;
      await this.file.sync();
    } finally {
      await this.file.close();
    }
  }

  /** What failed is never forgotten: later records would leave a gap. */
  async #follow(writing: Promise<void>): Promise<void> {
    this.#writing = writing;
    await writing;
    if (this.#writing === writing) this.#writing = null;
  }

  async #writeAfter(previous: Promise<void> | null, records: readonly MetricRecord[]): Promise<void> {
    await previous;
    const [first] = records;
    if (first === undefined) return;
    if (!this.#continued) {
      const { length, path } = this.file;
      const kept = length === 0 ? 0 : await lengthBeforeStep(path, first.step);
      if (kept < length) await this.file.truncate(kept);
      this.#continued = true;
    }
    await this.#add(records);
  }

  #add(records: readonly MetricRecord[]): void | Promise<void> {
    if (records.length > 0) return this.file.append(toMetricLines(records));
  }
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
