/** What a status other than 200 means: try again, give this row up, or stop everything. */
import { z } from 'zod';
import { readAskedWait } from '../../net/retry.js';
import { hideKeys, shorten } from '../../printable.js';
import { AskFailure } from './provider.js';

const errorBody = z.object({
  error: z.union([
    z.string(),
    z.object({ message: z.string().nullish(), code: z.unknown().optional(), type: z.unknown().optional() }),
  ]),
});

/** Longest piece of a server's own words that is shown. */
const SHOWN_CHARACTERS = 300;

/** The failure for a status; the server's own words are kept, on one line and without anything like a key. */
export function failureOfStatus(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): AskFailure {
  const { message, code } = readErrorBody(body);
  const said = message === '' ? '' : `: ${message}`;
  const askedWaitMs = readAskedWait(headers, Date.now());
  if (code === 'insufficient_quota' || status === 402) {
    return new AskFailure(`The account has no credit left (${status})${said}`, 'stop', {
      charged: 'no',
      status,
      advice: 'Add credit at the provider and run the same command again: every answer is kept.',
    });
  }
  if (status === 429) {
    const details = { charged: 'no', status, askedWaitMs, rateLimited: true } as const;
    return new AskFailure(`The server asks for a pause (429)${said}`, 'again', details);
  }
  if (status === 408 || status === 409 || status === 425 || status >= 500) {
    // A gateway may give up on work that goes on behind it.
    const charged = status === 500 || status === 502 || status === 504 ? 'possibly' : 'no';
    const details = { charged, status, askedWaitMs } as const;
    return new AskFailure(`The server has trouble (${status})${said}`, 'again', details);
  }
  if (status === 401 || status === 403 || status === 404) {
    const what = status === 404 ? 'does not know the model or the address' : 'refuses the key';
    return new AskFailure(`The server ${what} (${status})${said}`, 'stop', {
      charged: 'no',
      status,
      advice:
        status === 404
          ? 'Check llm.model and llm.baseUrl.'
          : 'Check the variable that llm.keyFrom names, and what its key may do.',
    });
  }
  if (status >= 300 && status < 400) {
    return new AskFailure(`The server redirects elsewhere (${status})`, 'stop', {
      charged: 'no',
      status,
      advice: 'Set llm.baseUrl to the address it has moved to.',
    });
  }
  return new AskFailure(`The server refuses this question (${status})${said}`, 'row', {
    charged: 'no',
    status,
  });
}

function readErrorBody(body: string): { message: string; code: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { message: '', code: '' };
  }
  const parsed = errorBody.safeParse(value);
  if (!parsed.success) return { message: '', code: '' };
  const { error } = parsed.data;
  if (typeof error === 'string') return { message: tidy(error), code: '' };
  const codes = [error.code, error.type].filter((part) => typeof part === 'string');
  const code = codes.includes('insufficient_quota') ? 'insufficient_quota' : (codes[0] ?? '');
  return { message: tidy(error.message ?? ''), code };
}

/** On one line, short, and without words that look like keys: some servers repeat the key they refuse. */
function tidy(text: string): string {
  const line = hideKeys(text.replaceAll(/\p{C}+/gu, ' '))
    .replaceAll(/[\w*.-]{32,}/g, '[hidden]')
    .trim()
    .replace(/\.$/, '');
  return shorten(line, SHOWN_CHARACTERS);
}
