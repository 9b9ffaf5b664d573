import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeOrchestratorMessage,
  decodeWorkerMessage,
  encodeOrchestratorMessage,
  encodeWorkerMessage,
} from '../../../src/rpc/codec.js';
import { MAX_MESSAGE_BYTES, type WorkerMessage } from '../../../src/rpc/messages.js';
import { arbitraryOrchestratorMessage, arbitraryWorkerMessage } from './arbitraries.js';

const RUNS = Number(process.env['FSA_FUZZ_FRAMES'] ?? 3000);
const notice: WorkerMessage = { type: 'notice', jobId: 'j', term: 1, attempt: 1, message: 'm' };

function frameOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

describe('codec', () => {
  it('brings every message of a worker across unchanged', () => {
    fc.assert(
      fc.property(arbitraryWorkerMessage, (message) => {
        expect(decodeWorkerMessage(encodeWorkerMessage(message))).toEqual({ ok: true, message });
      }),
      { numRuns: 500 },
    );
  });

  it('brings every message of the orchestrator across unchanged', () => {
    fc.assert(
      fc.property(arbitraryOrchestratorMessage, (message) => {
        expect(decodeOrchestratorMessage(encodeOrchestratorMessage(message))).toEqual({ ok: true, message });
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a message with one field gone, added or of another type', () => {
    fc.assert(
      fc.property(
        arbitraryWorkerMessage,
        fc.nat(),
        fc.constantFrom('drop', 'add', 'bend'),
        (message, pick, how) => {
          const fields = Object.keys(message);
          const field = fields[pick % fields.length] ?? 'type';
          const bent: Record<string, unknown> = { ...message };
          if (how === 'drop') bent[field] = undefined;
          else bent[how === 'add' ? `${field}2` : field] = { unexpected: [] };
          expect(decodeWorkerMessage(frameOf(bent)).ok).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never throws, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const json = fc.jsonValue().map((value) => new Uint8Array(frameOf(value)));
    fc.assert(
      fc.property(fc.oneof(bytes, json), (frame) => {
        const decoded = decodeWorkerMessage(frame);
        if (!decoded.ok) expect(decoded.reason.length).toBeLessThanOrEqual(1001);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not JSON', null],
    ['NaN', Buffer.from('{"type":"notice","jobId":"j","message":NaN}'), 'not JSON', null],
    ['a byte-order mark', Buffer.from('\ufeff{}'), 'not JSON', null],
    ['deep nesting', Buffer.from('['.repeat(1_000_000)), 'nested more than', null],
    ['another direction', frameOf({ type: 'shutdown' }), 'type', 'shutdown'],
    [
      'an infinite number',
      Buffer.from('{"type":"protocol-error","message":1e999,"about":null}'),
      'message',
      'protocol-error',
    ],
    ['a long type', frameOf({ type: 'x'.repeat(5000) }), 'type', `${'x'.repeat(100)}…`],
    ['a type that is no string', frameOf({ type: ['notice'] }), 'type', null],
  ])('says what is wrong with %s', (_, frame, words, about) => {
    const decoded = decodeWorkerMessage(frame);
    expect(decoded).toMatchObject({ ok: false, about });
    expect(decoded.ok ? '' : decoded.reason).toContain(words);
  });

  it('names the path of a wrong field', () => {
    const frame = frameOf({
      type: 'generated',
      jobId: 'j',
      term: 1,
      attempt: 1,
      epoch: 1,
      texts: ['fine', 7],
    });
    const decoded = decodeWorkerMessage(frame);
    expect(decoded).toMatchObject({ ok: false, about: 'generated' });
    expect(decoded.ok ? '' : decoded.reason).toMatch(/^texts\.1: /);
  });

  it('takes no prototype from the wire', () => {
    const frame = Buffer.from('{"type":"notice","jobId":"j","message":"m","__proto__":{"polluted":true}}');
    const decoded = decodeWorkerMessage(frame);
    expect(decoded.ok).toBe(false);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('sends nothing that breaks the protocol', () => {
    expect(() => encodeWorkerMessage({ ...notice, jobId: '' })).toThrow('breaks the protocol');
    const progress = {
      type: 'progress',
      jobId: 'j',
      term: 1,
      attempt: 1,
      phase: 'train',
      done: 1,
      total: 1,
      epoch: null,
    } as const;
    const rest = { tokensPerSecond: null, secondsLeft: null };
    expect(() => encodeWorkerMessage({ ...progress, ...rest, loss: Number.NaN })).toThrow(
      'breaks the protocol',
    );
  });

  it('knows the limit in both directions', () => {
    const long = 'x'.repeat(MAX_MESSAGE_BYTES);
    expect(() => encodeWorkerMessage({ ...notice, message: long })).toThrow('bytes');
    expect(decodeWorkerMessage(frameOf({ ...notice, message: long }))).toMatchObject({ ok: false });
  });
});
