/** A run as its journal has told it so far. Pure: an event in, the state a step further. */
import type { FsaEvent, JobFacts } from '../../events.js';

export interface LiveJob {
  readonly facts: JobFacts;
  status: 'running' | 'done' | 'failed';
  workerId: string | null;
  /** By epoch, from 1; what an attempt does again replaces what it did before. */
  epochs: { readonly epoch: number; readonly devF1: number; readonly meanLoss: number | null }[];
}

export interface LiveSlot {
  readonly name: string;
  workerId: string | null;
  state: 'idle' | 'queued' | 'starting' | 'ready' | 'ended';
}

/** Something that went wrong or deserves a look. */
export interface LiveTrouble {
  readonly time: string;
  readonly kind: 'failed' | 'retried' | 'warning';
  readonly text: string;
}

/** Kept of each run: what is older stands in the journal. */
const MOST_TROUBLES = 100;

export class LiveState {
  kind: Extract<FsaEvent, { type: 'run-started' }>['kind'] | null = null;
  startedAt: string | null = null;
  /** Set by the run's last word; null again where it is taken up anew. */
  finished: { readonly at: string; readonly done: number; readonly failed: number } | null = null;
  jobsPlanned = 0;
  alreadyDone = 0;
  readonly jobs = new Map<string, LiveJob>();
  slots: LiveSlot[] = [];
  troubles: LiveTrouble[] = [];

  /** Jobs by how they stand; those nobody has begun are `waiting`. */
  get counts(): { done: number; failed: number; running: number; waiting: number } {
    const of = (status: LiveJob['status']): number =>
      [...this.jobs.values()].filter((job) => job.status === status).length;
    const [done, failed, running] = [of('done'), of('failed'), of('running')];
    return { done, failed, running, waiting: Math.max(0, this.jobsPlanned - done - failed - running) };
  }

  apply(event: FsaEvent): void {
    if (event.type === 'run-started') this.#begin(event);
    else if (event.type === 'run-finished') {
      this.finished = { at: event.time, done: event.done, failed: event.failed };
    } else if (event.type === 'worker-started' || event.type === 'worker-ready') {
      const state = event.type === 'worker-ready' ? 'ready' : 'starting';
      this.#slot(event.slot, { workerId: event.workerId, state });
    } else if (event.type === 'worker-queued') {
      this.#slot(event.slot, { workerId: event.workerId, state: 'queued' });
    } else if (event.type === 'worker-ended')
      this.#slot(event.slot, { workerId: null, state: event.expected ? 'idle' : 'ended' });
    else if (event.type === 'warning') {
      const where = event.where === null ? '' : ` (${event.where})`;
      this.#trouble(event.time, 'warning', event.message + where);
    } else if ('jobId' in event) this.#applyToJob(event);
  }

  #begin(event: Extract<FsaEvent, { type: 'run-started' }>): void {
    this.kind = event.kind;
    this.startedAt = event.time;
    this.finished = null;
    this.jobsPlanned = event.jobs;
    this.alreadyDone = event.alreadyDone;
    this.slots = event.slots.map((name) => ({ name, workerId: null, state: 'idle' }));
    this.troubles = [];
    for (const [id, job] of this.jobs) if (job.status !== 'done') this.jobs.delete(id);
  }

  #applyToJob(event: Extract<FsaEvent, { jobId: string }>): void {
    const { jobId, label, task, dataset, model, seed } = event;
    const facts = { jobId, label, task, dataset, model, seed };
    const job = this.jobs.get(jobId) ?? { facts, status: 'running', workerId: null, epochs: [] };
    this.jobs.set(jobId, job);
    if (event.type === 'job-started') {
      job.status = 'running';
      job.workerId = event.workerId;
    } else if (event.type === 'job-epoch') {
      const { epoch, devF1, meanLoss } = event;
      job.epochs = [...job.epochs.filter((one) => one.epoch < epoch), { epoch, devF1, meanLoss }];
    } else if (event.type === 'job-finished' || event.type === 'job-skipped') job.status = 'done';
    else if (event.type === 'job-failed') {
      job.status = event.willRetry ? 'running' : 'failed';
      const text = `${label}: attempt ${event.attempt}: ${event.error.message}`;
      this.#trouble(event.time, event.willRetry ? 'retried' : 'failed', text);
    }
  }

  #slot(name: string, change: Pick<LiveSlot, 'workerId' | 'state'>): void {
    const slot = this.slots.find((one) => one.name === name);
    if (slot === undefined) this.slots.push({ name, ...change });
    else Object.assign(slot, change);
  }

  #trouble(time: string, kind: LiveTrouble['kind'], text: string): void {
    this.troubles = [...this.troubles, { time, kind, text }].slice(-MOST_TROUBLES);
  }
}
