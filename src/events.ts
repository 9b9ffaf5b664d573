/**
 * The closed union of what can be said while work goes on. The library's iterators yield these, the
 * command line renders them, and the journal keeps them. Plain data: every field survives JSON.
 */

/** How far a job has come; sent several times a second at most, and may be dropped. */
export interface JobProgress {
  readonly phase: 'load' | 'prepare' | 'train' | 'validate' | 'generate' | 'save';
  /** Units done and in all within the phase: optimizer steps, rows or sentences. */
  readonly done: number;
  readonly total: number;
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly loss: number | null;
  /** Tokens that are not padding, input and target together. */
  readonly tokensPerSecond: number | null;
  /** Estimated time until the job ends, in seconds. */
  readonly secondsLeft: number | null;
}

/** Which job an event is of; the label is for people, the rest for programs. */
export interface JobFacts {
  readonly jobId: string;
  readonly label: string;
  /** Of a benchmark's cell; null where the job is none. */
  readonly task: string | null;
  readonly dataset: string | null;
  /** As the run names it. */
  readonly model: string | null;
  readonly seed: number | null;
}

interface ErrorInfo {
  readonly code: string;
  readonly message: string;
}

type Body =
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly folder: string;
      readonly kind: 'distill' | 'eval' | 'teach' | 'baseline' | 'zeroshot';
      readonly jobs: number;
      readonly alreadyDone: number;
      /** Places where workers may run, in order. */
      readonly slots: readonly string[];
    }
  | {
      readonly type: 'data-prepared';
      readonly what: string;
      readonly rows: number;
      readonly seconds: number;
      readonly reused: boolean;
    }
  | {
      readonly type: 'data-progress';
      /** `checking the corpus`: what the files are read for. */
      readonly what: string;
      readonly rows: number;
      readonly bytesDone: number;
      readonly bytesTotal: number;
      /** Estimated time until they are read. */
      readonly secondsLeft: number | null;
    }
  | {
      readonly type: 'worker-started';
      readonly workerId: string;
      readonly slot: string;
      /** null where it runs on another machine. */
      readonly pid: number | null;
      /** The machine that a cluster gave; null on this one, and where the engine does not say. */
      readonly host: string | null;
    }
  | {
      readonly type: 'worker-queued';
      readonly workerId: string;
      readonly slot: string;
      /** `Slurm job 17`. */
      readonly job: string;
      /** In the engine's words, such as `PartitionDown`; null until it has said something. */
      readonly why: string | null;
    }
  | {
      readonly type: 'worker-ready';
      readonly workerId: string;
      readonly slot: string;
      readonly seconds: number;
    }
  | {
      readonly type: 'worker-ended';
      readonly workerId: string;
      readonly slot: string;
      readonly reason: string;
      readonly expected: boolean;
    }
  | (JobFacts & { readonly type: 'job-skipped'; readonly reason: string })
  | (JobFacts & {
      readonly type: 'job-started';
      readonly workerId: string;
      readonly attempt: number;
    })
  | (JobFacts &
      JobProgress & {
        readonly type: 'job-progress';
        readonly workerId: string;
        /** Of the job's expected time, from 0 to 1; never falls. */
        readonly share: number;
        /** The same of the whole run. */
        readonly overallShare: number;
      })
  | (JobFacts & {
      readonly type: 'job-epoch';
      readonly epoch: number;
      readonly epochs: number;
      readonly devF1: number;
      readonly bestEpoch: number;
      readonly meanLoss: number | null;
    })
  | (JobFacts & {
      readonly type: 'job-validated';
      readonly step: number;
      readonly validationLoss: number;
    })
  | (JobFacts & {
      readonly type: 'checkpoint-saved';
      readonly step: number;
      readonly path: string;
    })
  | (JobFacts & {
      readonly type: 'job-finished';
      readonly seconds: number;
      readonly summary: string;
    })
  | (JobFacts & {
      readonly type: 'job-failed';
      readonly attempt: number;
      readonly willRetry: boolean;
      readonly error: ErrorInfo;
    })
  | { readonly type: 'warning'; readonly message: string; readonly where: string | null }
  | {
      readonly type: 'setup-step';
      readonly step: string;
      readonly state: 'started' | 'done';
      readonly detail: string | null;
    }
  | {
      readonly type: 'download-planned';
      readonly what: string;
      readonly files: number;
      readonly bytes: number;
      readonly alreadyThere: number;
    }
  | {
      readonly type: 'download-progress';
      readonly what: string;
      readonly file: string;
      readonly bytesDone: number;
      readonly bytesTotal: number;
      readonly bytesPerSecond: number;
      readonly secondsLeft: number | null;
    }
  | {
      readonly type: 'download-finished';
      readonly what: string;
      readonly folder: string;
      readonly bytes: number;
      readonly seconds: number;
    }
  | {
      readonly type: 'teach-progress';
      /** `analysis`: what the teacher is asked for. */
      readonly what: string;
      /** Questions that have their answer, or none for good; and all of them. */
      readonly done: number;
      readonly total: number;
      readonly failed: number;
      readonly perSecond: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
      /** Null where no price is known. */
      readonly usdSpent: number | null;
      /** What may have been charged without the server saying so. */
      readonly usdPossible: number | null;
      readonly usdBudget: number | null;
      readonly secondsLeft: number | null;
    }
  | {
      readonly type: 'room-checked';
      /** `2 fine-tuned models`: what there is room for. */
      readonly what: string;
      readonly bytes: number;
      readonly freeBytes: number;
    }
  | {
      readonly type: 'run-finished';
      readonly run: string;
      readonly folder: string;
      readonly done: number;
      readonly failed: number;
      readonly seconds: number;
    };

/** One event; `time` is ISO 8601 in UTC. */
export type FsaEvent = Body & { readonly time: string };
export type FsaEventBody = Body;

/** Where a room says what happens; stamping the time is the receiver's work. */
export type Emit = (event: FsaEventBody) => void;

/** How an event is treated on its way; declared here, with the event, and nowhere else. */
interface Handling {
  /** Whether the journal keeps it: what comes many times a second says nothing afterwards. */
  readonly keep: boolean;
  /** Whether a consumer that is slow may miss it. */
  readonly droppable: boolean;
}

const NEWS: Handling = { keep: true, droppable: false };
const PROGRESS: Handling = { keep: false, droppable: true };

export const EVENT_HANDLING: Readonly<Record<FsaEvent['type'], Handling>> = {
  'run-started': NEWS,
  'data-prepared': NEWS,
  'data-progress': PROGRESS,
  'worker-queued': NEWS,
  'worker-started': NEWS,
  'worker-ready': NEWS,
  'worker-ended': NEWS,
  'job-skipped': NEWS,
  'job-started': NEWS,
  'job-progress': PROGRESS,
  'job-epoch': NEWS,
  'job-validated': NEWS,
  'checkpoint-saved': NEWS,
  'job-finished': NEWS,
  'job-failed': NEWS,
  warning: NEWS,
  'setup-step': NEWS,
  'download-planned': NEWS,
  'download-progress': PROGRESS,
  'download-finished': NEWS,
  'teach-progress': PROGRESS,
  'room-checked': NEWS,
  'run-finished': NEWS,
};
