import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeader, Delivery, encodeHeader, type Header } from '../../../src/rpc/delivery.js';

interface Packet {
  readonly header: Header;
  readonly text: string | null;
}

/** Two ends and the wire between them, which a script cuts and mends; beats go both ways every second. */
class Conversation {
  readonly ends = [new Delivery<string>(1), new Delivery<string>(1)] as const;
  readonly taken: [string[], string[]] = [[], []];
  #now = 0;
  #isCut = false;

  /** One second: everything sent, one beat each, in the order given. */
  second(isCut: boolean): void {
    this.#now += 1;
    this.#isCut = isCut;
    for (const side of [0, 1] as const) {
      this.#beat(side);
      this.#pump(side);
    }
  }

  #beat(side: 0 | 1): void {
    this.#carry(side, { header: this.ends[side].header(0), text: null });
  }

  #pump(side: 0 | 1): void {
    const end = this.ends[side];
    for (let next = end.next(); next !== null; next = end.next()) {
      const packet = { header: end.header(next.number), text: next.frame };
      end.went(next, this.#now);
      this.#carry(side, packet);
    }
  }

  #carry(side: 0 | 1, { header, text }: Packet): void {
    if (this.#isCut) return;
    const other = side === 0 ? 1 : 0;
    const end = this.ends[other];
    if (end.arrived(decodeHeader(encodeHeader(header))!, this.#now) && text !== null)
      this.taken[other].push(text);
    end.sendAgainIfDue(this.#now);
  }
}

describe('delivery', () => {
  it('brings everything across once and in order, whatever is cut, and soon after the wire is back', () => {
    const second = fc.record({ isCut: fc.boolean(), say: fc.tuple(fc.nat(2), fc.nat(2)) });
    fc.assert(
      fc.property(fc.array(second, { maxLength: 60 }), (seconds) => {
        const conversation = new Conversation();
        const said: [string[], string[]] = [[], []];
        for (const { isCut, say } of seconds) {
          for (const side of [0, 1] as const) {
            for (let time = 0; time < say[side]; time += 1) {
              const text = `${side}: ${said[side].length}`;
              said[side].push(text);
              conversation.ends[side].add(text);
            }
          }
          conversation.second(isCut);
        }
        // The longest patience: three beats, doubled three times.
        for (let after = 0; after < 25; after += 1) conversation.second(false);
        expect(conversation.taken).toEqual([said[1], said[0]]);
        expect(conversation.ends.map((end) => end.settled)).toEqual([true, true]);
      }),
      { numRuns: 500 },
    );
  });

  it('sends nothing twice on a wire that holds', () => {
    const end = new Delivery<string>(1);
    end.add('a');
    end.went(end.next()!, 0);
    for (let now = 1; now < 3; now += 1) end.arrived({ number: 0, given: 0, received: 0 }, now);
    expect(end.sendAgainIfDue(2.9)).toBe(false);
    end.arrived({ number: 0, given: 0, received: 1 }, 3);
    expect(end.sendAgainIfDue(100)).toBe(false);
    expect(end.settled).toBe(true);
  });

  it('heaps no copies up for a peer that is silent', () => {
    const end = new Delivery<string>(1);
    end.add('a');
    end.went(end.next()!, 0);
    end.arrived({ number: 0, given: 0, received: 0 }, 1);
    expect(end.sendAgainIfDue(10)).toBe(true);
    end.went(end.next()!, 10);
    expect(end.sendAgainIfDue(1000)).toBe(false);
  });

  it('takes no bytes for a header that are none', () => {
    expect(decodeHeader(Buffer.alloc(11))).toBeNull();
    expect(decodeHeader(Buffer.alloc(13))).toBeNull();
  });
});
