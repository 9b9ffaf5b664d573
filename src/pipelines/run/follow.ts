/** The trackers that a run's settings name, found when it starts: every verb with a run folder is followed alike. */
import { messageOf } from '../../errors.js';
import type { FsaEvent } from '../../events.js';
import type { MetricRecord } from '../../rpc/messages.js';
import { GuestSinks, type RunSink } from '../../runs/run-sink.js';
import type { RunFile } from '../../runs/types.js';

export class SettingsSinks implements RunSink {
  #opened: Promise<void> | null = null;
  #sinks: GuestSinks | null = null;
  /** What happens while the trackers are opened. */
  #waiting: ((sinks: GuestSinks) => void)[] = [];

  constructor(private readonly warn: (message: string) => void) {}

  event(event: FsaEvent): void {
    if (event.type === 'run-started') this.#opened ??= this.#open(event.folder);
    this.#hand((sinks) => sinks.event(event));
  }

  metrics(record: MetricRecord, jobId: string): void {
    if (this.#sinks === null) this.#hand((sinks) => sinks.metrics(record, jobId));
    else this.#sinks.metrics(record, jobId);
  }

  async close(): Promise<void> {
    await this.#opened;
    await this.#sinks?.close();
  }

  #hand(give: (sinks: GuestSinks) => void): void {
    if (this.#sinks !== null) give(this.#sinks);
    else if (this.#opened !== null) this.#waiting.push(give);
  }

  async #open(folder: string): Promise<void> {
    const found: RunSink[] = [];
    try {
      const { readRunFile } = await import('../../runs/run-folder.js');
      const words = tracksOf(await readRunFile(folder));
      for (const word of new Set(words)) found.push(await openSink(word, this.warn));
    } catch (error) {
      this.warn(`The run is not tracked: ${messageOf(error)}`);
    }
    this.#sinks = new GuestSinks(found, this.warn);
    for (const give of this.#waiting) give(this.#sinks);
    this.#waiting = [];
  }
}

/** The `track` setting of a run; none where it says nothing. */
export function tracksOf(run: RunFile | null): string[] {
  const words = run?.config['track'];
  return Array.isArray(words) ? words.filter((word) => typeof word === 'string') : [];
}

async function openSink(word: string, warn: (message: string) => void): Promise<RunSink> {
  const { openTracker } = await import('../../trackers/open-tracker.js');
  const tracker = openTracker(word);
  if (tracker === null) {
    const { openTelemetrySink } = await import('../../trackers/open-telemetry.js');
    return await openTelemetrySink();
  }
  const { TrackerSink } = await import('../../trackers/tracker-sink.js');
  return new TrackerSink(tracker, warn);
}
