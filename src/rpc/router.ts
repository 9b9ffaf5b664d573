/**
 * The orchestrator's end of the wire: one encrypted ROUTER that only admitted workers can speak to. The only importer of zeromq besides the key gate next door.
 */
import { randomBytes } from 'node:crypto';
import { capability, curveKeyPair, Router } from 'zeromq';
import { FsaError, isOutOfFiles, toFsaError } from '../errors.js';
import { decodeWorkerMessage } from './codec.js';
import { decodeHeader, encodeHeader, type Header } from './delivery.js';
import { MAX_MESSAGE_BYTES, type WorkerMessage } from './messages.js';
import { Turns } from './turns.js';
import { type KeyGate, openKeyGate, receiveAll, sharedContext } from './zap.js';

export interface RouterOptions {
  /** Where to listen; a free port of the loopback interface where it is not given. */
  readonly bind?: { readonly address: string; readonly port: number | null };
  /** A peer whose transport is silent for this long counts as unreachable (its I/O thread answers, GIL or not). */
  readonly silentAfterSeconds: number;
  /** Told of every header first: says whether the message that came with it is new and next in order. */
  readonly onHeader: (identity: string, header: Header) => boolean;
  readonly onMessage: (identity: string, message: WorkerMessage, bytes: number) => void;
  readonly onMalformed: (identity: string, reason: string, about: string | null) => void;
  /** A message over the limit: whoever sends one can fill this process's memory before it is read. */
  readonly onTooLarge: (identity: string, reason: string) => void;
  /** A client without an admitted key, or without CURVE at all, knocked. */
  readonly onRefused: (address: string) => void;
}

/** What one worker needs to connect. The identity is unguessable, so that no worker can pose as another. */
export interface Admission {
  readonly identity: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

/** `full`: the worker does not read; `unreachable`: its connection is not there (yet, or any more). */
export type SendOutcome = 'sent' | 'full' | 'unreachable';

export interface MessageRouter {
  /** `tcp://<address>:<port>` as it is bound. */
  readonly endpoint: string;
  readonly publicKey: string;
  admit(): Admission;
  dismiss(admission: Pick<Admission, 'publicKey'>): void;
  /** Lets a key in that a worker made for itself. */
  allow(publicKey: string): void;
  /** Tries once and never waits. */
  send(identity: string, frame: Buffer, header: Header): Promise<SendOutcome>;
  close(): void;
}

/** @throws FsaError PROTOCOL when this build of ZeroMQ cannot encrypt or the port is refused */
export async function openRouter(options: RouterOptions): Promise<MessageRouter> {
  if (capability.curve !== true) {
    throw new FsaError('PROTOCOL', 'This build of ZeroMQ has no CURVE encryption.', {
      advice: 'Install the zeromq package again so that its prebuilt binary is used.',
    });
  }
  const { address, port } = options.bind ?? { address: '127.0.0.1', port: null };
  const keys = curveKeyPair();
  const gate = await openKeyGate(options.onRefused);
  let socket: Router | null = null;
  try {
    socket = new Router({
      context: sharedContext(),
      linger: 0,
      mandatory: true,
      // A worker that comes back before we noticed that its connection broke is the same worker: only it has the key.
      handover: true,
      sendTimeout: 0,
      maxMessageSize: MAX_MESSAGE_BYTES,
      curveServer: true,
      curvePublicKey: keys.publicKey,
      curveSecretKey: keys.secretKey,
      zapDomain: gate.domain,
      heartbeatInterval: Math.max(100, Math.round((options.silentAfterSeconds * 1000) / 5)),
      heartbeatTimeout: Math.round(options.silentAfterSeconds * 1000),
    });
    await socket.bind(`tcp://${address}:${port ?? '*'}`);
    socket.events.on('handshake:error:protocol', ({ address }) => options.onRefused(address));
  } catch (cause) {
    // Open sockets keep the process alive.
    socket?.close();
    gate.close();
    if (isOutOfFiles(cause)) throw toFsaError(cause);
    throw new FsaError('PROTOCOL', 'No port for workers could be opened.', {
      where: port === null ? address : `${address}:${port}`,
      advice: 'Check whether a sandbox or firewall forbids it, or whether something else listens there.',
      cause,
    });
  }
  void receive(socket, options);
  return new OpenRouter(socket, gate, keys.publicKey);
}

class OpenRouter implements MessageRouter {
  readonly #socket: Router;
  readonly #gate: KeyGate;
  readonly endpoint: string;
  readonly publicKey: string;
  /** zeromq.js allows one send at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(socket: Router, gate: KeyGate, publicKey: string) {
    this.#socket = socket;
    this.#gate = gate;
    this.publicKey = publicKey;
    this.endpoint = socket.lastEndpoint ?? '';
  }

  admit(): Admission {
    const keys = curveKeyPair();
    this.#gate.allow(keys.publicKey);
    return { identity: randomBytes(12).toString('hex'), ...keys };
  }

  dismiss({ publicKey }: Pick<Admission, 'publicKey'>): void {
    this.#gate.forget(publicKey);
  }

  allow(publicKey: string): void {
    this.#gate.allow(publicKey);
  }

  send(identity: string, frame: Buffer, header: Header): Promise<SendOutcome> {
    const outcome = this.#turn.then(() => trySend(this.#socket, [identity, frame, encodeHeader(header)]));
    this.#turn = outcome.catch(() => null);
    return outcome;
  }

  close(): void {
    this.#socket.close();
    this.#gate.close();
  }
}

async function trySend(socket: Router, frames: (string | Buffer)[]): Promise<SendOutcome> {
  if (socket.closed) return 'unreachable';
  try {
    await socket.send(frames);
    return 'sent';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 'full';
    // The last two: the socket was closed meanwhile.
    if (code === 'EHOSTUNREACH' || code === 'EBADF' || code === 'ENOTSOCK') return 'unreachable';
    throw error;
  }
}

async function receive(socket: Router, options: RouterOptions): Promise<void> {
  const turns = new Turns();
  await receiveAll(socket, ([peer, ...frames]) => {
    turns.took();
    take(peer?.toString('latin1') ?? '', frames, options);
    return turns.dealt();
  });
}

function take(identity: string, frames: readonly Buffer[], options: RouterOptions): void {
  const bytes = frames.reduce((sum, part) => sum + part.byteLength, 0);
  if (bytes > MAX_MESSAGE_BYTES) {
    const parts = `${bytes} bytes in ${frames.length} frames`;
    options.onTooLarge(identity, `a message of ${parts}, where ${MAX_MESSAGE_BYTES} bytes are allowed`);
    return;
  }
  const [frame, beside] = frames;
  const header = beside === undefined ? null : decodeHeader(beside);
  if (frame === undefined || header === null || frames.length !== 2) {
    options.onMalformed(identity, 'a message is two frames: itself and its header of 12 bytes', null);
    return;
  }
  if (!options.onHeader(identity, header)) return;
  const decoded = decodeWorkerMessage(frame);
  if (decoded.ok) options.onMessage(identity, decoded.message, bytes);
  else options.onMalformed(identity, decoded.reason, decoded.about);
}
