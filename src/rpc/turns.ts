/** A flood of messages that are there already must not keep timers, signals and other sockets waiting. */
import { setImmediate } from 'node:timers/promises';

const LONGEST_TURN_MS = 50;

/** The same items; the event loop has its turn whenever those before took longer than that. */
export async function* inTurns<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  let beganMs = performance.now();
  for await (const item of items) {
    yield item;
    if (performance.now() - beganMs < LONGEST_TURN_MS) continue;
    await setImmediate();
    beganMs = performance.now();
  }
}
