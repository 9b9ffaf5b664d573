/** What a client is told instead of an answer. Sentences never repeat a user's text. */

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

export class Refusal extends Error {
  readonly status: number;

  constructor(
    readonly type: RefusalType,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    // Nobody asks where one was made, and gathering that would cost an overloaded server most of it.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.status = STATUS_OF[type];
  }
}
