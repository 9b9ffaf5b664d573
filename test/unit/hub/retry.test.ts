import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/net/limits.js';
import { Pace, persist, readAskedWait, TransientError } from '../../../src/net/retry.js';

const now = Date.parse('2026-03-01T12:00:00Z');

describe('the wait that a server asks for', () => {
  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': ' 0 ' }, 0],
    [{ 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
    [{ ratelimit: '"api";r=0;t=55' }, 55_000],
    [{ 'retry-after': 'soon', ratelimit: '"api";r=0;t=5' }, 5000],
    [{ 'retry-after-ms': '1250', 'retry-after': '2' }, 1250],
    [{ 'retry-after-ms': 'x', 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('is read from %j', (headers, expected) => expect(readAskedWait(headers, now)).toBe(expected));

  it('is never negative and never not a number, whatever the header says', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (retryAfter, ratelimit) => {
        const wait = readAskedWait({ 'retry-after': retryAfter, ratelimit }, now);
        expect(wait === null || wait >= 0).toBe(true);
      }),
    );
  });
});

describe('trying again', () => {
  const limits = { ...DEFAULT_LIMITS, attempts: 3, firstBackoffMs: 1, longestBackoffMs: 2 };
  const context = (signal = new AbortController().signal) => ({
    pace: new Pace(limits, () => undefined),
    limits,
    signal,
  });

  it('ends after so many failures in a row', async () => {
    let calls = 0;
    const work = async (): Promise<never> => {
      calls += 1;
      return await Promise.reject(new TransientError('It broke', 'there'));
    };
    await expect(persist(work, context())).rejects.toThrow('It broke, 3 times in a row.');
    expect(calls).toBe(3);
  });

  it('goes on as long as there is progress', async () => {
    let calls = 0;
    const result = await persist(async (mark) => {
      calls += 1;
      if (calls === 20) return await Promise.resolve('done');
      if (calls % 2 === 0) mark(limits.usefulBytes);
      throw new TransientError('It broke', 'there');
    }, context());
    expect(result).toBe('done');
  });

  it('takes a byte now and then for no progress', async () => {
    let calls = 0;
    const work = async (mark: (bytes: number) => void): Promise<never> => {
      calls += 1;
      mark(1);
      return await Promise.reject(new TransientError('It broke', 'there'));
    };
    await expect(persist(work, context())).rejects.toThrow('It broke, 2 times in a row.');
    expect(calls).toBe(2);
  });

  it('says a wait once, however many connections wait for the same', async () => {
    const said: string[] = [];
    const slow = { ...limits, firstBackoffMs: 4000, longestBackoffMs: 4000 };
    const pace = new Pace(slow, (event) => said.push(event.type));
    const stop = new AbortController();
    const waits = Array.from({ length: 8 }, async () => {
      await pace.rest(new TransientError('It broke', 'there'), 1, stop.signal).catch(() => undefined);
    });
    stop.abort();
    await Promise.all(waits);
    expect(said).toEqual(['warning']);
  });

  it('does not repeat what will not pass', async () => {
    let calls = 0;
    const work = async (): Promise<never> => {
      calls += 1;
      return await Promise.reject(new RangeError('no'));
    };
    await expect(persist(work, context())).rejects.toThrow(RangeError);
    expect(calls).toBe(1);
  });

  it('holds all others back while the server wants rest', async () => {
    const together = context();
    let asked = false;
    const start = performance.now();
    const first = persist(async () => {
      if (asked) return await Promise.resolve(performance.now() - start);
      asked = true;
      throw new TransientError('Rest', 'there', 300);
    }, together);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = persist(async () => await Promise.resolve(performance.now() - start), together);
    expect(Math.min(await first, await second)).toBeGreaterThanOrEqual(295);
  });
});
