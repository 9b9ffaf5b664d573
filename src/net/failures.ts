/** What the network did, as a failure that may pass or as a sentence for the user; never with a secret in it. */
import { FsaError } from '../errors.js';
import { TransientError } from './retry.js';
import type { ClientSettings } from './settings.js';

/** An address without user, password and query, which may hold secrets. */
export const printableUrl = (url: URL): string => `${url.origin}${url.pathname}`;

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|HOSTNAME_MISMATCH/;

/**
 * What the network did, as a failure that may pass. A bad certificate does not pass, nor does an address where
 * nobody listens or that does not exist, unless the client has had answers before.
 */
export function networkFailure(
  cause: unknown,
  url: URL,
  { token, errorCode, addressName }: ClientSettings,
  hasAnswered: boolean,
): Error {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const code = 'code' in error ? String(error.code) : error.name;
  const where = printableUrl(url);
  if (CERTIFICATE.test(code)) {
    return new FsaError(errorCode, `The identity of the server could not be confirmed (${code}).`, {
      where,
      advice: 'If a proxy here inspects connections, add its certificate with NODE_EXTRA_CA_CERTS.',
    });
  }
  const message = token === null ? error.message : error.message.replaceAll(token.reveal(), '[hidden]');
  const sentence = `${sentenceOf(code)} (${message})`;
  if (!hasAnswered && (code === 'ECONNREFUSED' || code === 'ENOTFOUND')) {
    return new FsaError(errorCode, `${sentence}.`, {
      where,
      advice: `Check the network, ${addressName} and the proxy.`,
    });
  }
  return new TransientError(sentence, where);
}

function sentenceOf(code: string): string {
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return 'The connection stalled';
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name of the server could not be found';
  if (code === 'ECONNREFUSED') return 'The server refuses connections';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'The server does not answer';
  return 'The connection broke';
}
