/** What a run folder holds from a position on. The files are the truth; a tracker that was away reads on later. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FsaEvent } from '../events.js';
import { metricRecord } from '../rpc/messages.js';
import { readJobState } from '../runs/job-states.js';
import { asEvent, LINE_FEED, parseOrNull, readBytes, readLines } from '../runs/tail.js';
import type { TrackedItem } from './tracker.js';

export const positionSchema = z.object({
  journalBytes: z.int().min(0),
  jobs: z.record(
    z.string(),
    z.object({
      metricsBytes: z.int().min(0),
      /** The last step sent: a resumed attempt writes its steps again, and they are not sent again. */
      step: z.int().min(0),
      startedMs: z.number().nullable(),
      label: z.string().nullable(),
    }),
  ),
});
export type Position = z.infer<typeof positionSchema>;

export const START: Position = { journalBytes: 0, jobs: {} };

export interface Followed {
  readonly items: readonly TrackedItem[];
  /** Where to read on once the items are sent. */
  readonly position: Position;
}

/** The next items after a position; none where there is nothing new. */
export async function followRun(folder: string, from: Position): Promise<Followed> {
  const jobs = { ...from.jobs };
  const items: TrackedItem[] = [];
  const journal = await readLines(join(folder, 'journal.ndjson'), from.journalBytes);
  for (const line of journal.lines) {
    const event = asEvent(line);
    if (event === null) continue;
    if (event.type === 'job-started') {
      const job = jobs[event.jobId] ?? NEW_JOB;
      jobs[event.jobId] = { ...job, startedMs: job.startedMs ?? Date.parse(event.time), label: event.label };
    }
    items.push({ kind: 'event', event, cell: await cellOf(folder, event) });
  }
  for (const jobId of await jobFolders(folder)) {
    const read = await followMetrics(join(folder, 'jobs', jobId, 'metrics.jsonl'), jobs[jobId] ?? NEW_JOB);
    jobs[jobId] = read.job;
    const facts = { jobId, label: read.job.label ?? jobId, startedMs: read.job.startedMs ?? 0 };
    items.push(...read.records.map((record) => ({ kind: 'metrics' as const, ...facts, record })));
  }
  return { items, position: { journalBytes: journal.end, jobs } };
}

type JobPosition = Position['jobs'][string];
const NEW_JOB: JobPosition = { metricsBytes: 0, step: 0, startedMs: null, label: null };
type Records = z.infer<typeof metricRecord>[];

async function followMetrics(
  path: string,
  job: JobPosition,
): Promise<{ records: Records; job: JobPosition }> {
  // An attempt that resumes cuts the file and goes on from an earlier step: the place is only good while the
  // line before it is the one that was sent last.
  const start = (await stepBefore(path, job.metricsBytes)) === job.step ? job.metricsBytes : 0;
  const { lines, end } = await readLines(path, start);
  const records = lines.flatMap((line) => {
    const parsed = metricRecord.safeParse(line);
    return parsed.success && parsed.data.step > job.step ? [parsed.data] : [];
  });
  const last = lines.map((line) => metricRecord.safeParse(line)).findLast(({ success }) => success);
  const step = Math.max(job.step, last?.data?.step ?? 0);
  // While the file is behind what was sent there is nothing to hold on to: start over until it has caught up.
  const metricsBytes = (last?.data?.step ?? job.step) === step ? end : 0;
  return { records, job: { ...job, metricsBytes: lines.length === 0 ? start : metricsBytes, step } };
}

/** The step of the line that ends at a byte; 0 for the file's start, null where no line ends there. */
async function stepBefore(path: string, end: number): Promise<number | null> {
  if (end === 0) return 0;
  const start = Math.max(0, end - 2048);
  const bytes = await readBytes(path, start, end - start);
  if (bytes.length < end - start || bytes.at(-1) !== LINE_FEED) return null;
  const text = bytes.subarray(0, -1).toString();
  const parsed = metricRecord.safeParse(parseOrNull(text.slice(text.lastIndexOf('\n') + 1)));
  return parsed.success ? parsed.data.step : null;
}

async function cellOf(folder: string, event: FsaEvent): Promise<(TrackedItem & { kind: 'event' })['cell']> {
  if (event.type !== 'job-finished' && event.type !== 'job-skipped') return null;
  return (await readJobState(folder, event.jobId))?.cell ?? null;
}

async function jobFolders(folder: string): Promise<string[]> {
  try {
    return (await readdir(join(folder, 'jobs'))).sort();
  } catch {
    return [];
  }
}
