/**
 * Which clients may finish the CURVE handshake. CURVE alone proves the server to the client; this handler
 * (ZeroMQ RFC 27, ZAP) proves the client to the server: only keys made for launched workers pass.
 */
import { Context, type MessageLike, Router } from 'zeromq';

const ZAP_ADDRESS = 'inproc://zeromq.zap.01';
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const BIND_RETRY_MILLISECONDS = 5;
const BIND_TRIES = 400;

/** The keys of one router. */
export interface KeyGate {
  /** The router's ZAP domain: tells its clients from those of other routers in this process. */
  readonly domain: string;
  allow(publicKey: string): void;
  forget(publicKey: string): void;
  close(): void;
}

interface Door {
  readonly allowed: Set<string>;
  readonly onRefused: (address: string) => void;
}

/**
 * One context for all routers of this process, kept for good. zeromq.js gives a context's threads and
 * descriptors back at exit alone; and a context that is garbage when its sockets close takes the last event
 * from a socket's monitor, which then waits for it, and keeps the process, for ever.
 */
let shared: Context | null = null;

export function sharedContext(): Context {
  shared ??= new Context({ blocky: false });
  return shared;
}

/**
 * Gives `take` what a socket receives until it is closed, and waits for what it returns. A receive that is under way
 * in the moment of closing fails with one of several codes.
 */
export async function receiveAll(
  socket: Router,
  take: (frames: Buffer[]) => Promise<void> | null,
): Promise<void> {
  for (;;) {
    let frames: Buffer[];
    try {
      frames = await socket.receive();
    } catch (error) {
      if (socket.closed) return;
      throw error;
    }
    const due = take(frames);
    if (due !== null) await due;
  }
}

const doors = new Map<string, Door>();
let opened = 0;
/** Answers for all doors; there while one is open, since it keeps the process alive. */
let guard: Promise<Router> | null = null;

/**
 * Must be open before the guarded socket binds.
 * @param onRefused called for the address of every client that was turned away
 */
export async function openKeyGate(onRefused: (address: string) => void): Promise<KeyGate> {
  opened += 1;
  const domain = `fsa-${opened}`;
  const allowed = new Set<string>();
  doors.set(domain, { allowed, onRefused });
  guard ??= postGuard();
  try {
    await guard;
  } catch (error) {
    closeDoor(domain);
    throw error;
  }
  return {
    domain,
    allow: (publicKey) => void allowed.add(publicKey),
    forget: (publicKey) => void allowed.delete(publicKey),
    close: () => closeDoor(domain),
  };
}

function closeDoor(domain: string): void {
  doors.delete(domain);
  if (doors.size > 0 || guard === null) return;
  guard.then(
    (socket) => socket.close(),
    () => undefined,
  );
  guard = null;
}

async function postGuard(): Promise<Router> {
  const socket = new Router({ context: sharedContext(), linger: 0 });
  for (let tries = 1; ; tries += 1) {
    try {
      await socket.bind(ZAP_ADDRESS);
      break;
    } catch (error) {
      // The guard before this one has been told to go; its place is free a moment later.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === BIND_TRIES) {
        socket.close();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, BIND_RETRY_MILLISECONDS));
    }
  }
  void answerRequests(socket);
  return socket;
}

async function answerRequests(socket: Router): Promise<void> {
  await receiveAll(socket, (frames) => {
    const [peer, empty, version, requestId, domain, address, , mechanism, clientKey] = frames;
    if (peer === undefined || version === undefined || requestId === undefined) return null;
    const door = doors.get(domain?.toString() ?? '');
    const known =
      mechanism?.toString() === 'CURVE' &&
      clientKey?.length === 32 &&
      door?.allowed.has(encodeZ85(clientKey)) === true;
    if (!known) door?.onRefused(address?.toString() ?? 'an unknown address');
    const [status, text] = known ? ['200', 'OK'] : ['400', 'unknown key'];
    return answer(socket, [peer, empty ?? '', version, requestId, status, text, '', '']);
  });
}

/** The guard may have gone while the request lay in its mailbox: then nobody waits for the answer. */
async function answer(socket: Router, frames: MessageLike[]): Promise<void> {
  try {
    await socket.send(frames);
  } catch (error) {
    if (!socket.closed) throw error;
  }
}

/** ZeroMQ RFC 32; the length of the bytes is a multiple of 4. */
export function encodeZ85(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += 4) {
    const value = view.getUint32(at);
    for (const divisor of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) {
      text += Z85[Math.floor(value / divisor) % 85] ?? '';
    }
  }
  return text;
}
