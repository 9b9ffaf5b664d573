/** A body that has to come at some speed: a server that drips holds a download for ever otherwise. */
import type { HttpResponse } from './client.js';
import type { TransferLimits } from './limits.js';
import { TransientError } from './retry.js';

/** A body slower than the limit for so long is given up. @throws TransientError naming the speed */
export async function* steadyBody(
  { body, url }: HttpResponse,
  { dripMs, leastBytesPerSecond }: TransferLimits,
): AsyncGenerator<Buffer> {
  let windowStart = performance.now();
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    const elapsedMs = performance.now() - windowStart;
    if (elapsedMs >= dripMs) {
      const speed = (bytes / elapsedMs) * 1000;
      if (speed < leastBytesPerSecond) {
        const seconds = Math.round(elapsedMs / 1000);
        throw new TransientError(
          `The server sent ${bytes} bytes in ${seconds} s, less than ${leastBytesPerSecond} bytes a second`,
          url,
          null,
          true,
        );
      }
      windowStart = performance.now();
      bytes = 0;
    }
    yield chunk;
  }
}
