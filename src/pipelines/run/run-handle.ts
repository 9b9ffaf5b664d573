/**
 * What `distill`, `evaluate`, `download` and the others return: awaitable for the result,
 * iterable for the events, cancelled by its signal or by leaving the loop.
 */
import { FsaError, isFsaError, toFsaError } from '../../errors.js';
import type { Emit, FsaEvent } from '../../events.js';
import type { MetricRecord } from '../../rpc/messages.js';
import { ProgressSink } from '../../runs/progress-sink.js';
import { GuestSinks, type RunSink } from '../../runs/run-sink.js';
import { EventQueue } from './event-queue.js';
import { SettingsSinks } from './follow.js';

/** How a caller follows and stops work; the second argument of every function of the library. */
export interface WorkOptions {
  /** Aborting it cancels the work; its reason is the `cause` of the error. */
  readonly signal?: AbortSignal;
  /** Told every event and every training metric, besides the journal and the iterator. */
  readonly sinks?: readonly RunSink[];
}

/** What a verb is given to work with. */
export interface Work {
  readonly emit: Emit;
  /** Aborted by the caller's signal, or when the caller leaves the loop over the events. */
  readonly signal: AbortSignal;
}

/** What a verb is given that trains. */
export interface RunWork extends Work {
  /** Hands training records to the caller's sinks. */
  readonly metrics: (records: readonly MetricRecord[], jobId: string) => void;
}

/** Both a promise of the result and an async iterable of events; two loops over one run share its events. */
export interface Run<T> extends Promise<T>, AsyncIterable<FsaEvent> {}

/**
 * Starts work at once and hands out its handle.
 * @param work resolves with the result; what it throws reaches the caller as an FsaError
 */
export function startRun<T>(options: WorkOptions | undefined, work: (run: RunWork) => Promise<T>): Run<T> {
  const events = new EventQueue();
  const leave = new AbortController();
  const wrong = wrongWork(options);
  const told = wrong === null ? options : undefined;
  const signal = told?.signal === undefined ? leave.signal : AbortSignal.any([told.signal, leave.signal]);
  const outside = { events, sinks: told?.sinks ?? [], signal };
  const result = carryOut(wrong === null ? work : () => Promise.reject(wrong), outside);
  const iterate = (): AsyncIterator<FsaEvent> => {
    // Who iterates meets the failure in the loop; the promise may then be left alone.
    result.catch(() => undefined);
    return {
      next: async () => await events.next(),
      return: async (value?: unknown) => {
        events.leave();
        leave.abort(new FsaError('CANCELLED', 'The loop over the events was left.'));
        await result.catch(() => undefined);
        return { done: true, value };
      },
    };
  };
  return Object.assign(result, { [Symbol.asyncIterator]: iterate });
}

/** What JavaScript callers can get wrong in the second argument. */
function wrongWork(options: unknown): FsaError | null {
  if (options === undefined) return null;
  const object = typeof options === 'object' ? (options as Record<string, unknown> | null) : null;
  const { signal, sinks } = object ?? {};
  const problems = [
    ...(object === null ? ['it is no object'] : []),
    ...(signal === undefined || signal instanceof AbortSignal ? [] : ['signal is no AbortSignal']),
    ...(sinks === undefined || (Array.isArray(sinks) && sinks.every((sink) => Object(sink) === sink))
      ? []
      : ['sinks is no array of sinks']),
  ];
  if (problems.length === 0) return null;
  return new FsaError('USAGE', `The second argument is wrong: ${problems.join(', ')}.`, {
    advice: 'It is { signal?: AbortSignal, sinks?: RunSink[] }.',
  });
}

interface Outside {
  readonly events: EventQueue;
  readonly sinks: readonly RunSink[];
  readonly signal: AbortSignal;
}

async function carryOut<T>(
  work: (run: RunWork) => Promise<T>,
  { events, sinks, signal }: Outside,
): Promise<T> {
  const warn = (message: string): void =>
    events.event({ type: 'warning', message, where: null, time: new Date().toISOString() });
  const guests = new GuestSinks([...sinks, new ProgressSink(), new SettingsSinks(warn)], warn);
  let goesOn = false;
  const emit: Emit = (body) => {
    // What keeps what it has done says so before it does anything; all else begins anew.
    goesOn ||= body.type === 'run-started' || body.type === 'download-planned';
    const event = { ...body, time: new Date().toISOString() };
    events.event(event);
    guests.event(event);
  };
  // A tick later, so that the caller holds the handle before anything happens.
  await Promise.resolve();
  try {
    if (signal.aborted) throw cancelled(signal);
    const value = await work({
      emit,
      metrics: (records, jobId) => guests.allMetrics(records, jobId),
      signal,
    });
    await guests.close();
    events.end(null);
    return value;
  } catch (thrown) {
    const error = asRunError(thrown, signal, goesOn);
    await guests.close();
    events.end(error);
    throw error;
  }
}

/** Whatever was under way when a run was asked to stop, the caller's own reason is what it stopped for. */
function asRunError(thrown: unknown, signal: AbortSignal, goesOn: boolean): FsaError {
  const stopped = !isFsaError(thrown) || thrown.code === 'CANCELLED';
  return signal.aborted && stopped ? cancelled(signal, goesOn) : toFsaError(thrown);
}

/** The error of a run that was asked to stop. @param goesOn whether the next one finds what this one has done */
export function cancelled(signal: AbortSignal, goesOn = false): FsaError {
  const reason: unknown = signal.reason;
  return new FsaError('CANCELLED', 'The run was cancelled.', {
    ...(goesOn ? { advice: 'Run the same command again to go on from where it stopped.' } : {}),
    cause: reason,
  });
}
