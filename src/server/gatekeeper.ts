/** Who may ask: the token, compared in constant time, and the Host header of a server on loopback. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.js';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

export const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(host);

/** @returns throws Refusal unauthorized where the header does not hold the token */
export function createTokenCheck(token: string): (authorization: string | undefined) => void {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return (authorization) => {
    // Digests have one length: the comparison tells nothing of the token, not even how long it is.
    if (timingSafeEqual(digest(authorization ?? ''), expected)) return;
    throw new Refusal('unauthorized', 'A valid token is needed: Authorization: Bearer TOKEN.', {
      'www-authenticate': 'Bearer',
    });
  };
}

/**
 * A page of another site can send a browser to 127.0.0.1 under a name of its own (DNS rebinding); its Host header
 * gives it away.
 * @returns throws Refusal wrong-host where the name is neither loopback nor allowed
 */
export function createHostCheck(allowed: readonly string[]): (host: string | undefined) => void {
  const names = new Set([...LOOPBACK_NAMES, ...allowed.map((name) => name.toLowerCase())]);
  return (host) => {
    const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
    if (names.has(name)) return;
    throw new Refusal(
      'wrong-host',
      'This server listens on loopback and answers to no other name; allow one with --allow-host.',
    );
  };
}
