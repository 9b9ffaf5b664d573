/** A body as text, where it is expected to be small and to come at once. */
import { performance } from 'node:perf_hooks';
import type { HttpResponse } from './client.js';
import { TransientError } from './retry.js';

export interface TextLimits {
  readonly mostBytes: number;
  /** From its first byte to its last. */
  readonly mostMs: number;
}

/** @throws TransientError where the body goes on beyond the limits; the connection is given up then */
export async function readText(response: HttpResponse, { mostBytes, mostMs }: TextLimits): Promise<string> {
  const chunks: Buffer[] = [];
  const giveUpAtMs = performance.now() + mostMs;
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    chunks.push(chunk);
    // Leaving the loop destroys the connection.
    if (bytes > mostBytes)
      throw new TransientError('The server sends more than an answer can be', response.url);
    if (performance.now() > giveUpAtMs)
      throw new TransientError('The server sends its answer too slowly', response.url);
  }
  return Buffer.concat(chunks).toString('utf8');
}
