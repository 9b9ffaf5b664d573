/** `fsa sync`: sends trackers what they missed of a run. */
import { basename, resolve } from 'node:path';
import { FsaError, isFsaError } from '../errors.js';
import { readRunFile } from '../runs/run-folder.js';
import { lockFolder } from '../storage/folder-lock.js';
import { openTracker } from '../trackers/open-tracker.js';
import { reasonOf, Sender } from '../trackers/sender.js';
import type { Tracker } from '../trackers/tracker.js';
import { tracksOf } from './run/follow.js';
import type { Work } from './run/run-handle.js';

export interface SyncOptions {
  /** The run folder. */
  readonly run: string;
  /** As `--track`; those of the run's own settings unless given. */
  readonly track?: readonly string[];
  readonly cwd?: string;
}

export interface SyncResult {
  readonly run: string;
  readonly trackers: readonly {
    readonly tracker: string /** Events and metric records sent now. */;
    readonly sent: number;
  }[];
}

/**
 * Sends each tracker what is missing, whatever becomes of the others; doing it again sends nothing twice.
 * @throws FsaError RUN_FOLDER where the run is going on or is none; once all were tried, API where one cannot be reached
 */
export async function sync(options: SyncOptions, { signal }: Work): Promise<SyncResult> {
  const folder = resolve(options.cwd ?? process.cwd(), options.run);
  const file = await readRunFile(folder);
  if (file === null)
    throw new FsaError('RUN_FOLDER', 'The folder holds no run.', {
      where: folder,
      advice: 'Name a run folder.',
    });
  const trackers = (options.track ?? tracksOf(file)).flatMap((word) => openTracker(word) ?? []);
  if (trackers.length === 0)
    throw new FsaError('USAGE', 'The run names no tracker that takes a run afterwards.', {
      where: folder,
      advice: 'Name one: --track mlflow=http://127.0.0.1:5000.',
    });
  const lock = await lockFolder(folder);
  try {
    const told: SyncResult['trackers'][number][] = [];
    const failures: Failure[] = [];
    for (const tracker of trackers) {
      try {
        told.push(await sendTo(tracker, folder, signal));
      } catch (error) {
        if (!isFsaError(error) || signal.aborted) throw error;
        failures.push({ tracker: tracker.name, error });
      }
    }
    refuseFailures(failures, told, folder);
    return { run: basename(folder), trackers: told };
  } finally {
    await lock.release();
  }
}

interface Failure {
  readonly tracker: string;
  readonly error: FsaError;
}

/** The one failure of one tracker as it is, others together with the code of the first. */
function refuseFailures(failures: readonly Failure[], told: SyncResult['trackers'], folder: string): void {
  const [first, another] = failures;
  if (first === undefined) return;
  if (another === undefined && told.length === 0) throw first.error;
  const sent = told.map(({ tracker, sent: records }) => `; ${tracker} has it: ${records} records sent`);
  const message = `${failures.length} of ${failures.length + told.length} trackers did not take the run${sent.join('')}.`;
  throw new FsaError(first.error.code, message, {
    where: folder,
    problems: failures.map(({ tracker, error: { message: why } }) =>
      why.startsWith(tracker) ? why : `${tracker}: ${why}`,
    ),
    advice: 'Check that they are up and run the same command again: what was sent is not sent twice.',
    cause: first.error,
  });
}

async function sendTo(
  tracker: Tracker,
  folder: string,
  signal: AbortSignal,
): Promise<SyncResult['trackers'][number]> {
  try {
    const sender = new Sender(tracker, folder);
    await sender.finish(signal);
    return { tracker: tracker.name, sent: sender.sent };
  } catch (error) {
    if (isFsaError(error) || signal.aborted) throw error;
    throw new FsaError('API', `${tracker.name} does not take the run: ${reasonOf(error)}.`, {
      where: folder,
      advice: 'Check that it is up and run the same command again: what was sent is not sent twice.',
      cause: error,
    });
  } finally {
    await tracker.close();
  }
}
