/** A flood of messages that are there already must not keep timers, signals and other sockets waiting. */
import { setImmediate } from 'node:timers/promises';

const LONGEST_TURN_MS = 50;
/** Nothing that is there already takes so long to come: the event loop has had its turn meanwhile. */
const AWAITED_MS = 10;

/** The same items; the event loop has its turn whenever those before took longer than that. */
export async function* inTurns<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  let beganMs = performance.now();
  let askedMs = beganMs;
  for await (const item of items) {
    if (performance.now() - askedMs > AWAITED_MS) beganMs = performance.now();
    yield item;
    askedMs = performance.now();
    if (askedMs - beganMs < LONGEST_TURN_MS) continue;
    await setImmediate();
    beganMs = askedMs = performance.now();
  }
}
