/** What the hub's refusal of a push means for whoever pushes, with the hub's own words. */
import { FsaError, isFsaError } from '../../errors.js';
import type { Secret } from '../../net/settings.js';

const LONGEST_WORDS = 300;

/** An answer other than "done", in the form in which the hub's own client throws it. */
export class HubStatus extends Error {
  readonly data: unknown;

  constructor(
    readonly statusCode: number,
    body: string,
  ) {
    super(body.slice(0, LONGEST_WORDS));
    try {
      this.data = JSON.parse(body);
    } catch {
      this.data = null;
    }
  }
}

export interface Refused {
  /** `owner/name`. */
  readonly id: string;
  readonly endpoint: string;
  readonly token: Secret | null;
}

/** Anything thrown on the way, as a sentence where the hub or its answer is the reason. */
export function explainRefusal(error: unknown, { id, endpoint, token }: Refused): Error {
  if (isFsaError(error)) return error;
  const { statusCode: status, data } = error as { statusCode?: unknown; data?: unknown };
  if (typeof status !== 'number') return unlikeHub(error as Error, endpoint);
  const [what, advice] = REFUSALS[status] ?? [
    `The hub refuses what is sent to {id} (${status}).`,
    'Check --repo owner/name and what is sent: --dry-run lists it.',
  ];
  const words = wordsIn(data, token);
  return new FsaError('DOWNLOAD', what.replace('{id}', id), {
    where: endpoint,
    problems: words === null ? [] : [`The hub says: ${words}`],
    advice,
    cause: error,
  });
}

/** The hub's client throws a plain error where an answer has the form of one and makes no sense. */
function unlikeHub(error: Error, where: string): Error {
  if (Object.getPrototypeOf(error) !== Error.prototype || 'code' in error) return error;
  return new FsaError('DOWNLOAD', `The hub's answer makes no sense: ${error.message}.`, {
    where,
    advice: 'Try again later, and check HF_ENDPOINT and the proxy.',
    cause: error,
  });
}

/** The status says what kind of thing is wrong; which one (a quota, a name that is taken) only the hub knows. */
function wordsIn(data: unknown, token: Secret | null): string | null {
  const { error } = (data ?? {}) as { error?: unknown };
  if (typeof error !== 'string' || error === '') return null;
  const safe = token === null ? error : error.replaceAll(token.reveal(), '[hidden]');
  return safe.slice(0, LONGEST_WORDS);
}

const movedTo = (status: number): readonly [string, string] => [
  `The hub sends what is meant for {id} on to another address (${status}).`,
  'If the repository was renamed, name the new one with --repo; otherwise check HF_ENDPOINT.',
];

const REFUSALS: Readonly<Record<number, readonly [string, string]>> = {
  301: movedTo(301),
  302: movedTo(302),
  307: movedTo(307),
  308: movedTo(308),
  401: ['The hub does not know the access token (401).', 'Set HF_TOKEN to a valid one that may write.'],
  403: [
    'The access token may not write to {id} (403).',
    'Take a token with write access, and an owner that it belongs to.',
  ],
  404: ['{id} is not there, or the token may not see it (404).', 'Check --repo owner/name and the token.'],
  412: [
    'Somebody else has committed to {id} meanwhile (412): nothing was changed.',
    'Look at what they did, and push again.',
  ],
};
