/** The key of a server, from the one variable that is named for it. */
import { readSecretVariable } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import { Secret } from '../../net/settings.js';
import type { ModelPlace } from './model-name.js';

/** Taken where no other variable is named. */
const COMMON_VARIABLE = 'FSA_API_KEY';

/** @throws FsaError CONFIG naming the variable where a key is needed and none is there */
export function readKey({ keyFrom, baseUrl }: ModelPlace): Secret | null {
  const text = (keyFrom === null ? null : readSecretVariable(keyFrom)) ?? readSecretVariable(COMMON_VARIABLE);
  const key = text?.trim() ?? '';
  if (key === '') {
    if (keyFrom === null) return null;
    throw new FsaError('CONFIG', `The variable ${keyFrom} holds no key.`, {
      where: baseUrl,
      advice: `Set ${keyFrom} (or ${COMMON_VARIABLE}) to the key of that server, and run the command again.`,
    });
  }
  if (/[^\x21-\x7e]/.test(key)) {
    throw new FsaError('CONFIG', `The key in ${keyFrom ?? COMMON_VARIABLE} has characters that no key has.`, {
      advice: 'Set it anew: it should be one word of letters, digits and signs.',
    });
  }
  return new Secret(key);
}

/** A placeholder for servers that check no key may be any word, which answers may hold as well. */
const SHORTEST_HIDDEN = 12;

/** The words of a server without the key, should it repeat it. */
export function hideKey(text: string, key: Secret | null): string {
  const secret = key?.reveal() ?? '';
  return secret.length < SHORTEST_HIDDEN ? text : text.replaceAll(secret, '[hidden]');
}
