/** What an answer other than "here it is" means, as a failure that may pass or as a sentence for the user. */
import { FsaError } from '../../errors.js';
import type { HttpResponse } from '../../net/client.js';
import { readAskedWait, TransientError } from '../../net/retry.js';

export interface Asked {
  /** What was asked for, in words: `model google-t5/t5-base`. */
  readonly name: string;
  readonly revision: string;
  /** The page a person can open. */
  readonly page: string;
  readonly hasToken: boolean;
}

/** The failure for a status that is not 200 or 206. The body has been left unread. */
export function refusalOf(response: HttpResponse, asked: Asked): Error {
  const { status, headers, url: where } = response;
  const reason = headers['x-error-code'] ?? '';
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const what = status === 429 ? 'The server asks for a pause (429)' : `The server has trouble (${status})`;
    return new TransientError(what, where, readAskedWait(headers, Date.now()));
  }
  if (status === 416)
    return new TransientError('The server refuses the part that was asked for (416)', where);
  if (status === 401 || (status === 403 && reason !== 'GatedRepo')) {
    return new FsaError('DOWNLOAD', `The hub does not give ${asked.name} to this user (${status}).`, {
      where,
      advice: asked.hasToken
        ? 'The access token is refused or may not read it: make a new one, or check the name.'
        : 'It does not exist, or is private: check the name, or set HF_TOKEN to an access token.',
    });
  }
  if (status === 403) {
    return new FsaError('DOWNLOAD', `The owner of ${asked.name} asks for consent first (403).`, {
      where,
      advice: `Open ${asked.page}, accept the conditions, and set HF_TOKEN to a token of that account.`,
    });
  }
  if (status === 404) return notFound(reason, where, asked);
  return new FsaError('DOWNLOAD', `The server answered with status ${status} for ${asked.name}.`, {
    where,
    advice: 'Check HF_ENDPOINT and the proxy.',
  });
}

function notFound(reason: string, where: string, asked: Asked): FsaError {
  if (reason === 'RevisionNotFound') {
    return new FsaError('DOWNLOAD', `${asked.name} has no revision ${asked.revision}.`, {
      where,
      advice: `Look at ${asked.page} for its branches and tags, and name one with --revision.`,
    });
  }
  if (reason === 'EntryNotFound') {
    return new FsaError('DOWNLOAD', `${asked.name} lists a file that the server does not have.`, {
      where,
      advice: 'Try again later, or leave the file out with --exclude.',
    });
  }
  return new FsaError('DOWNLOAD', `${asked.name} is not there at revision ${asked.revision} (404).`, {
    where,
    advice: 'Check the name and the revision; a private one needs HF_TOKEN.',
  });
}
