/**
 * Which clients may finish the CURVE handshake. CURVE alone proves the server to the client; this handler
 * (ZeroMQ RFC 27, ZAP) proves the client to the server: only keys made for launched workers pass.
 */
import { type Context, Router } from 'zeromq';

const ZAP_ADDRESS = 'inproc://zeromq.zap.01';
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

export interface KeyGate {
  allow(publicKey: string): void;
  forget(publicKey: string): void;
  close(): void;
}

/**
 * Must be open before the guarded socket binds; one per ZeroMQ context.
 * @param onRefused told the address of every client that was turned away
 */
export async function openKeyGate(context: Context, onRefused: (address: string) => void): Promise<KeyGate> {
  const allowed = new Set<string>();
  const socket = new Router({ context, linger: 0 });
  await socket.bind(ZAP_ADDRESS);
  void answerRequests(socket, allowed, onRefused);
  return {
    allow: (publicKey) => void allowed.add(publicKey),
    forget: (publicKey) => void allowed.delete(publicKey),
    close: () => socket.close(),
  };
}

async function answerRequests(
  socket: Router,
  allowed: ReadonlySet<string>,
  onRefused: (address: string) => void,
): Promise<void> {
  for await (const frames of socket) {
    const [peer, empty, version, requestId, , address, , mechanism, clientKey] = frames;
    if (peer === undefined || version === undefined || requestId === undefined) continue;
    const known =
      mechanism?.toString() === 'CURVE' && clientKey?.length === 32 && allowed.has(encodeZ85(clientKey));
    if (!known) onRefused(address?.toString() ?? 'an unknown address');
    const [status, text] = known ? ['200', 'OK'] : ['400', 'unknown key'];
    await socket.send([peer, empty ?? '', version, requestId, status, text, '', '']);
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
