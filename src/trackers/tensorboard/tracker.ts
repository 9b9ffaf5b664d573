/** Scalars for TensorBoard, one folder for each job under the run's `tensorboard`, or under a folder of the user's. */
import { join } from 'node:path';
import { namedMetrics } from '../metric-names.js';
import type { RunFacts, TrackedItem, Tracker } from '../tracker.js';
import { EventFile, readLastSteps, type Scalars } from './event-file.js';

interface JobFile {
  readonly file: EventFile;
  readonly lastSteps: Map<string, number>;
}

export class TensorBoard implements Tracker {
  #folder = '';
  readonly #files = new Map<string, JobFile>();

  /** @param parent null writes into the run folder */
  constructor(
    readonly name: string,
    private readonly parent: string | null,
  ) {}

  async open({ folder, file }: RunFacts): Promise<void> {
    this.#folder = this.parent === null ? join(folder, 'tensorboard') : join(this.parent, file.name);
    await Promise.resolve();
  }

  async send(items: readonly TrackedItem[]): Promise<void> {
    const found = new Map<string, Scalars[]>();
    const labels = new Map<string, string>();
    const add = ({ jobId, label }: { jobId: string; label: string }, scalars: Scalars): void => {
      labels.set(jobId, label);
      const known = found.get(jobId);
      if (known === undefined) found.set(jobId, [scalars]);
      else known.push(scalars);
    };
    for (const item of items) {
      if (item.kind === 'metrics') {
        const { startedMs, record } = item;
        add(item, { wallSeconds: startedMs / 1000, step: record.step, values: namedMetrics(record) });
        continue;
      }
      const { event, cell } = item;
      const wallSeconds = Date.parse(event.time) / 1000;
      if (event.type === 'job-epoch')
        add(event, { wallSeconds, step: event.epoch, values: { dev_f1: event.devF1 } });
      const f1 = cell?.subsets.all?.f1 ?? null;
      if (f1 !== null && cell !== null && 'jobId' in event)
        add(event, { wallSeconds, step: cell.bestEpoch, values: { test_f1: f1 } });
    }
    for (const [jobId, scalars] of found)
      await this.#write(await this.#file(jobId, labels.get(jobId) ?? jobId), scalars);
  }

  async finish(): Promise<void> {
    // Everything is on the disk.
  }

  async close(): Promise<void> {
    for (const { file } of this.#files.values()) await file.close();
    this.#files.clear();
  }

  /** Writes what the folder does not hold yet: after a kill some of it may have come before its note did. */
  async #write({ file, lastSteps }: JobFile, scalars: readonly Scalars[]): Promise<void> {
    const missing: Scalars[] = [];
    for (const { wallSeconds, step, values } of scalars) {
      const fresh = Object.entries(values).filter(([tag]) => step > (lastSteps.get(tag) ?? -1));
      for (const [tag] of fresh) lastSteps.set(tag, step);
      if (fresh.length > 0) missing.push({ wallSeconds, step, values: Object.fromEntries(fresh) });
    }
    if (missing.length > 0) await file.append(missing);
  }

  async #file(jobId: string, label: string): Promise<JobFile> {
    const known = this.#files.get(jobId);
    if (known !== undefined) return known;
    const name = label.replace(/[^\w.=-]+/g, '_').slice(0, 100);
    const folder = join(this.#folder, `${name}-${jobId.slice(0, 8)}`);
    const lastSteps = await readLastSteps(folder);
    const opened = { file: await EventFile.create(folder), lastSteps };
    this.#files.set(jobId, opened);
    return opened;
  }
}
