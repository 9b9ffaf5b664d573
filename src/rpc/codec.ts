/** Messages to frames and back. Both directions validate: what leaves is right, what comes is not trusted. */
import type { z } from 'zod';
import { FsaError, messageOf } from '../errors.js';
import { findJsonExcess } from './json-size.js';
import {
  MAX_MESSAGE_BYTES,
  type OrchestratorMessage,
  orchestratorMessage,
  type WorkerMessage,
  workerMessage,
} from './messages.js';
import { keepTextOf } from './metric-lines.js';
import { MessageCheck } from './message-check.js';

/** A frame understood, or why not; `about` is the message type where it could be read. */
export type Decoded<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly reason: string; readonly about: string | null };

const fromWorkers = new MessageCheck(workerMessage);
const toWorkers = new MessageCheck(orchestratorMessage);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a worker sent. Never throws. */
export function decodeWorkerMessage(frame: Uint8Array): Decoded<WorkerMessage> {
  return decode(fromWorkers, frame, (message, text) => {
    if (message.type === 'metrics') keepTextOf(message.records, text);
  });
}

/** What the orchestrator sent: the other half, for tests that stand in for a worker. Never throws. */
export function decodeOrchestratorMessage(frame: Uint8Array): Decoded<OrchestratorMessage> {
  return decode(toWorkers, frame);
}

/** @throws FsaError PROTOCOL when the message is not one of the protocol's, or too large */
export function encodeOrchestratorMessage(message: OrchestratorMessage): Buffer {
  return encode(toWorkers, message);
}

/** The other half, for tests that stand in for a worker. */
export function encodeWorkerMessage(message: WorkerMessage): Buffer {
  return encode(fromWorkers, message);
}

/** @param note told what was understood, and its text */
function decode<Message>(
  check: MessageCheck<Message>,
  frame: Uint8Array,
  note?: (message: Message, text: string) => void,
): Decoded<Message> {
  if (frame.byteLength > MAX_MESSAGE_BYTES) {
    return { ok: false, reason: `the message has ${frame.byteLength} bytes, too many`, about: null };
  }
  const excess = findJsonExcess(frame);
  if (excess !== null) return { ok: false, reason: excess, about: null };
  let [text, value]: [string, unknown] = ['', null];
  try {
    text = utf8.decode(frame);
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `the message is not JSON: ${reasonOf(error)}`, about: null };
  }
  const { message, error } = check.read(value);
  if (error !== null) return { ok: false, reason: describeIssues(error), about: typeOf(value) };
  note?.(message, text);
  return { ok: true, message };
}

function encode<Message extends { type: string }>(check: MessageCheck<Message>, message: Message): Buffer {
  const { error } = check.read(message);
  if (error !== null) {
    throw new FsaError('PROTOCOL', `A message of type ${message.type} breaks the protocol.`, {
      problems: [describeIssues(error)],
      advice: 'This is a mistake in fsa; please report it.',
    });
  }
  const frame = Buffer.from(JSON.stringify(message), 'utf8');
  if (frame.byteLength > MAX_MESSAGE_BYTES) {
    throw new FsaError('PROTOCOL', `A message of type ${message.type} has ${frame.byteLength} bytes.`, {
      advice: `Messages may have ${MAX_MESSAGE_BYTES} bytes: use smaller files.`,
    });
  }
  return frame;
}

function describeIssues(error: z.ZodError): string {
  const described = error.issues.slice(0, 3).map((issue) => {
    const place = issue.path.map(String).join('.');
    return place === '' ? issue.message : `${place}: ${issue.message}`;
  });
  return clip(described.join('; '), 1000);
}

function typeOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'type')) return null;
  const { type } = value as { type: unknown };
  return typeof type === 'string' ? clip(type, 100) : null;
}

function reasonOf(error: unknown): string {
  return clip(messageOf(error), 200);
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
