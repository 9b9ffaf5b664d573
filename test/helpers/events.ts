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
