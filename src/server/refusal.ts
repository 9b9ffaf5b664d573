/** What a client is told instead of an answer. Sentences never repeat a user's text. */
import { StacklessError } from '../errors.js';

const STATUS_OF = {
  'invalid-request': 400,
  unauthorized: 401,
  'wrong-host': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'too-large': 413,
  'unsupported-media-type': 415,
  'queue-full': 429,
  'inference-failed': 500,
  stopping: 503,
  'deadline-exceeded': 504,
} as const;

export type RefusalType = keyof typeof STATUS_OF;

export class Refusal extends StacklessError {
  readonly status: number;

  constructor(
    readonly type: RefusalType,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = STATUS_OF[type];
  }
}
