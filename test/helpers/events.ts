/** Events of a command that runs, by more than their type. */
import type { Running, Said } from '../faults/fault-place.js';

/** The first event of a type for which something holds; rejects when the command ends without it. */
export async function eventWhere(
  running: Running,
  type: string,
  isIt: (event: Said) => boolean,
): Promise<Said> {
  for (let count = 1; ; count += 1) {
    const event = await running.event(type, count);
    if (isIt(event)) return event;
  }
}

/** The event of the worker that a job's event is about, such as `worker-queued` or `worker-started`. */
export async function eventOfItsWorker(running: Running, type: string, { jobId }: Said): Promise<Said> {
  const { workerId } = await eventWhere(running, 'job-started', (event) => event['jobId'] === jobId);
  return await eventWhere(running, type, (event) => event['workerId'] === workerId);
}
