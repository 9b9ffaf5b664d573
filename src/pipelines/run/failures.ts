/** What a failed attempt means for the job and for all others. */
import { FsaError } from '../../errors.js';
import type { Failure } from '../../scheduler/schedule.js';
import { JobFailedError, WorkerLeftError } from '../../workers/errors.js';

/** Errors that no other job and no second attempt can escape. */
export function endsEverything(error: FsaError): boolean {
  return !(error instanceof JobFailedError) && !['WORKER_LOST', 'DATA'].includes(error.code);
}

/** A worker that met a full disk speaks of a failed job; every other job would meet it, too. */
export function storageFailureOf(error: FsaError): FsaError {
  if (!(error instanceof JobFailedError) || error.failureCode !== 'disk-full') return error;
  return new FsaError('STORAGE', error.message, { cause: error });
}

export function failureOf(error: FsaError): Failure {
  if (error instanceof WorkerLeftError) return 'handed-over';
  if (error.code === 'WORKER_LOST') return 'worker-lost';
  return error instanceof JobFailedError && error.retryable ? 'retryable' : 'final';
}
