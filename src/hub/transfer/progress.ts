/** One progress for everything that is downloaded. */
import type { Emit } from '../../events.js';

const WINDOW_MS = 5000;

export class Progress {
  readonly #emit: Emit;
  readonly #everyMs: number;
  readonly #totalBytes: number;
  #doneBytes = 0;
  #lastEventMs = -Infinity;
  /** What came over the network lately: time and running sum. */
  #samples: { atMs: number; bytes: number }[] = [];
  #networkBytes = 0;

  constructor(totalBytes: number, everyMs: number, emit: Emit) {
    this.#totalBytes = totalBytes;
    this.#everyMs = everyMs;
    this.#emit = emit;
    this.#samples.push({ atMs: performance.now(), bytes: 0 });
  }

  /** Bytes that have come over the network so far. */
  get networkBytes(): number {
    return this.#networkBytes;
  }

  /** Tells of bytes that were there already, or (negative) that have to be fetched again. */
  found(what: string, file: string, bytes: number): void {
    this.#doneBytes += bytes;
    this.#report(what, file);
  }

  /** Tells of bytes that came over the network. */
  came(what: string, file: string, bytes: number): void {
    this.#doneBytes += bytes;
    this.#networkBytes += bytes;
    this.#report(what, file);
  }

  #report(what: string, file: string): void {
    const now = performance.now();
    const finished = this.#doneBytes >= this.#totalBytes;
    if (now - this.#lastEventMs < this.#everyMs && !finished) return;
    this.#lastEventMs = now;
    this.#samples.push({ atMs: now, bytes: this.#networkBytes });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.atMs ?? now) > WINDOW_MS)
      this.#samples.shift();
    const first = this.#samples[0] ?? { atMs: now, bytes: this.#networkBytes };
    const seconds = (now - first.atMs) / 1000;
    const bytesPerSecond = seconds > 0 ? (this.#networkBytes - first.bytes) / seconds : 0;
    const bytesLeft = Math.max(0, this.#totalBytes - this.#doneBytes);
    this.#emit({
      type: 'download-progress',
      what,
      file,
      bytesDone: Math.min(this.#doneBytes, this.#totalBytes),
      bytesTotal: this.#totalBytes,
      bytesPerSecond: Math.round(bytesPerSecond),
      secondsLeft: bytesPerSecond > 0 ? bytesLeft / bytesPerSecond : null,
    });
  }
}
