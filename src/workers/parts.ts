/** What a host builds a worker of. */
import type { Emit } from '../events.js';
import type { Slot } from '../runtime/slot.js';
import type { LaunchedProcess } from './launchers/launcher.js';
import type { LogFile } from './log-file.js';
import type { Outbox } from './outbox.js';
import type { WorkerLimits } from './types.js';

export interface WorkerParts {
  readonly id: string;
  readonly slot: Slot;
  readonly process: LaunchedProcess;
  readonly log: LogFile;
  readonly outbox: Outbox;
  readonly limits: WorkerLimits;
  readonly emit: Emit;
  readonly onEnd: () => void;
}
