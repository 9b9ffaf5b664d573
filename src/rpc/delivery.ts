/**
 * Messages that arrive once and in order, whatever becomes of the connection. ZeroMQ drops what lay in one that
 * broke; so each side numbers what must arrive, keeps it until the other has said that it came, and sends it
 * again. Pure: times come in, in monotonic seconds. py_runtime/fsa_runtime/worker/delivery.py is its twin.
 */

/** Goes beside every message. */
export interface Header {
  /** Of this message; 0 where it may be dropped. */
  readonly number: number;
  /** The highest number that its sender has given out: what is missing is on its way. */
  readonly given: number;
  /** The highest number up to which its sender has everything of ours. */
  readonly received: number;
}

const HEADER_BYTES = 12;

export function encodeHeader({ number, given, received }: Header): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  bytes.writeUInt32BE(number, 0);
  bytes.writeUInt32BE(given, 4);
  bytes.writeUInt32BE(received, 8);
  return bytes;
}

/** null where these bytes are no header. */
export function decodeHeader(bytes: Buffer): Header | null {
  if (bytes.length !== HEADER_BYTES) return null;
  return { number: bytes.readUInt32BE(0), given: bytes.readUInt32BE(4), received: bytes.readUInt32BE(8) };
}

/** A message is sent again after so many intervals of beats without word of it, and then ever less often. */
const PATIENCE_BEATS = 3;
const MOST_DOUBLINGS = 3;

interface Kept<Frame> {
  readonly number: number;
  readonly frame: Frame;
}

/** One side's half of a conversation with one peer. */
export class Delivery<Frame> {
  #given = 0;
  #received = 0;
  /** Not yet acknowledged, in order. */
  readonly #kept: Kept<Frame>[] = [];
  /** How many of them have been sent since the last new start. */
  #sent = 0;
  /** When the oldest of them was sent, or the peer last took one. */
  #waitingSince = 0;
  #lastHeard: number | null = null;
  #doublings = 0;
  #peer: Header = { number: 0, given: 0, received: 0 };

  constructor(private readonly beatSeconds: number) {}

  /** Takes a message that must arrive. */
  add(frame: Frame): void {
    this.#given += 1;
    this.#kept.push({ number: this.#given, frame });
  }

  /** What goes out next; null where all has been sent. */
  next(): Kept<Frame> | null {
    return this.#kept[this.#sent] ?? null;
  }

  /** The transport took what `next` gave. */
  went({ number }: Kept<Frame>, now: number): void {
    // Acknowledged meanwhile, it is not kept any more.
    if (this.#kept[this.#sent]?.number !== number) return;
    if (this.#sent === 0) this.#waitingSince = now;
    this.#sent += 1;
  }

  /** For a message of this number; 0 where it may be dropped. */
  header(number: number): Header {
    return { number, given: this.#given, received: this.#received };
  }

  /** Whether a header cannot be true: it acknowledges what was never sent. */
  isForged({ received }: Header): boolean {
    return received > this.#given;
  }

  /** @returns whether the message that came with the header is new and next in order */
  arrived(header: Header, now: number): boolean {
    this.#peer = header;
    this.#lastHeard = now;
    this.#acknowledge(header.received, now);
    if (header.number === 0) return true;
    if (header.number !== this.#received + 1) return false;
    this.#received = header.number;
    return true;
  }

  /** Whether the peer, when it sent its last message, had all of ours, and we now have all of its. */
  get settled(): boolean {
    return this.#peer.received === this.#given && this.#peer.given === this.#received;
  }

  /**
   * Starts again with what was sent and not acknowledged, where that is due: only to a peer that has spoken
   * since, so that one which is away finds no heap of copies.
   */
  sendAgainIfDue(now: number): boolean {
    if (this.#sent === 0) return false;
    const patience = PATIENCE_BEATS * this.beatSeconds * 2 ** this.#doublings;
    const spoke = this.#lastHeard === null || this.#lastHeard > this.#waitingSince;
    if (!spoke || now - this.#waitingSince < patience) return false;
    this.#sent = 0;
    this.#doublings = Math.min(MOST_DOUBLINGS, this.#doublings + 1);
    return true;
  }

  #acknowledge(received: number, now: number): void {
    while (this.#kept[0] !== undefined && this.#kept[0].number <= received) {
      this.#kept.shift();
      this.#sent = Math.max(0, this.#sent - 1);
      this.#doublings = 0;
      this.#waitingSince = now;
    }
  }
}
