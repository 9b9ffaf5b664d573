import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Context, curveKeyPair, Dealer } from 'zeromq';
import { encodeOrchestratorMessage } from '../../src/rpc/codec.js';
import { encodeHeader } from '../../src/rpc/delivery.js';
import { encodeWorkerMessage } from '../../src/rpc/codec.js';
import { MAX_MESSAGE_BYTES, type WorkerMessage } from '../../src/rpc/messages.js';
import { type Admission, type MessageRouter, openRouter } from '../../src/rpc/router.js';
import { until } from './harness.js';

/** FSA_FUZZ_FRAMES=100000 for the long version. */
const FRAMES = Number(process.env['FSA_FUZZ_FRAMES'] ?? 3000);
const SEED = Number(process.env['FSA_FUZZ_SEED'] ?? 42);

const notice: WorkerMessage = { type: 'notice', jobId: 'j', term: 1, attempt: 1, message: 'still there' };
const UNNUMBERED = { number: 0, given: 0, received: 0 };

function framesOf(message: WorkerMessage): Buffer[] {
  return [encodeWorkerMessage(message), encodeHeader(UNNUMBERED)];
}

function sendShutdown(router: MessageRouter, identity: string) {
  return router.send(identity, encodeOrchestratorMessage({ type: 'shutdown' }), UNNUMBERED);
}

interface Open {
  readonly router: MessageRouter;
  readonly messages: [identity: string, message: WorkerMessage][];
  readonly malformed: string[];
  readonly refused: string[];
}

async function open(): Promise<Open> {
  const messages: Open['messages'] = [];
  const malformed: string[] = [];
  const refused: string[] = [];
  const router = await openRouter({
    silentAfterSeconds: 10,
    onHeader: () => true,
    onMessage: (identity, message) => void messages.push([identity, message]),
    onMalformed: (_, reason) => void malformed.push(reason),
    onTooLarge: (_, reason) => void malformed.push(reason),
    onRefused: (address) => void refused.push(address),
  });
  onTestFinished(() => router.close());
  return { router, messages, malformed, refused };
}

function connect(router: MessageRouter, keys: Partial<Admission> & { serverKey?: string | null }): Dealer {
  const { serverKey = router.publicKey, identity, publicKey, secretKey } = keys;
  const dealer = new Dealer({
    context: new Context({ blocky: false }),
    linger: 0,
    ...(identity === undefined ? {} : { routingId: identity }),
    ...(serverKey === null
      ? {}
      : {
          curveServerKey: serverKey,
          curvePublicKey: publicKey ?? null,
          curveSecretKey: secretKey ?? null,
        }),
  });
  dealer.connect(router.endpoint);
  onTestFinished(() => dealer.close());
  return dealer;
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 400));

describe('unauthenticated peers on the socket', () => {
  it('listens on the loopback interface alone', async () => {
    const { router } = await open();
    expect(router.endpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  });

  it('hears admitted clients and is heard by them', async () => {
    const { router, messages } = await open();
    const admission = router.admit();
    const dealer = connect(router, admission);
    await dealer.send(framesOf(notice));
    await until('the message came', () => messages.length === 1);
    expect(messages[0]).toEqual([admission.identity, notice]);
    expect(await sendShutdown(router, admission.identity)).toBe('sent');
    expect((await dealer.receive())[0]?.toString()).toBe('{"type":"shutdown"}');
  });

  it.each([
    ['a key nobody admitted', () => curveKeyPair()],
    ['no encryption', () => ({ serverKey: null })],
    ['a guessed server key', () => ({ ...curveKeyPair(), serverKey: curveKeyPair().publicKey })],
  ])('neither hears nor answers %s', async (_, keysOf) => {
    const { router, messages, malformed } = await open();
    const dealer = connect(router, { identity: 'stranger', ...keysOf() });
    await dealer.send(framesOf(notice));
    await settle();
    expect(messages).toEqual([]);
    expect(malformed).toEqual([]);
    expect(await sendShutdown(router, 'stranger')).toBe('unreachable');
  });

  it('refuses a stolen identity without the key, and the owner keeps its place', async () => {
    const { router, messages, refused } = await open();
    const admission = router.admit();
    const owner = connect(router, admission);
    await owner.send(framesOf(notice));
    await until('the owner is in', () => messages.length === 1);
    await connect(router, { identity: admission.identity, ...curveKeyPair() }).send(framesOf(notice));
    await until('the thief is refused', () => refused.length > 0);
    expect(await sendShutdown(router, admission.identity)).toBe('sent');
    expect((await owner.receive())[0]?.toString()).toContain('shutdown');
    expect(messages).toHaveLength(1);
  });

  it('refuses the worker of another router in this process, and tells that router alone', async () => {
    const [one, other] = [await open(), await open()];
    const dealer = connect(one.router, { ...other.router.admit(), serverKey: one.router.publicKey });
    await dealer.send(framesOf(notice));
    await until('refused', () => one.refused.length > 0);
    expect([one.messages, other.messages, other.refused]).toEqual([[], [], []]);
  });

  it('refuses a key that was dismissed', async () => {
    const { router, messages, refused } = await open();
    const admission = router.admit();
    router.dismiss(admission);
    await connect(router, admission).send(framesOf(notice));
    await until('refused', () => refused.length > 0);
    expect(messages).toEqual([]);
  });

  it('does not even read a message over the limit, and hears the others', async () => {
    const { router, messages, malformed } = await open();
    await connect(router, router.admit()).send([
      Buffer.alloc(MAX_MESSAGE_BYTES + 1),
      encodeHeader(UNNUMBERED),
    ]);
    await connect(router, router.admit()).send(framesOf(notice));
    await until('the other is heard', () => messages.length === 1);
    await settle();
    expect(malformed).toEqual([]);
  });

  it('takes a second peer with the same key and identity for the first one, come back', async () => {
    const { router, messages } = await open();
    const admission = router.admit();
    const first = connect(router, admission);
    await first.send(framesOf(notice));
    await until('the first is in', () => messages.length === 1);
    const second = connect(router, admission);
    await second.send(framesOf(notice));
    await until('the second is in', () => messages.length === 2);
    expect(await sendShutdown(router, admission.identity)).toBe('sent');
    expect((await second.receive())[0]?.toString()).toContain('shutdown');
  });

  it(`survives ${FRAMES} frames of noise from an admitted client (seed ${SEED})`, {
    timeout: 600_000,
  }, async () => {
    const { router, messages, malformed } = await open();
    const dealer = connect(router, router.admit());
    const good = encodeWorkerMessage(notice);
    const bent = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(good);
      copy[at] = byte;
      return copy;
    });
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    const json = fc.json().map((text) => Buffer.from(text));
    const typed = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((fields) => Buffer.from(JSON.stringify({ ...fields, type: 'progress' })));
    const frames = fc.oneof(bytes, json, typed, bent);
    const message = fc.oneof(
      { weight: 9, arbitrary: frames.map((frame) => [frame, encodeHeader(UNNUMBERED)]) },
      fc.array(frames, { minLength: 1, maxLength: 4 }),
    );
    for (const frame of fc.sample(message, { numRuns: FRAMES, seed: SEED })) await dealer.send(frame);
    await dealer.send(framesOf({ ...notice, message: 'the end' }));
    const isEnd = () =>
      messages.some(
        ([, { type, ...rest }]) => type === 'notice' && 'message' in rest && rest.message === 'the end',
      );
    await until('all are judged', isEnd, 500);
    expect(malformed.length + messages.length).toBe(FRAMES + 1);
    expect(malformed.length).toBeGreaterThan(FRAMES / 2);
  });
});
