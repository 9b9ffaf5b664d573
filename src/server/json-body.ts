/** Bodies of requests as JSON, refused where some of what was sent would be lost without a word. */
import { isUtf8 } from 'node:buffer';
import { findRepeatedKey } from '../data/formats/repeated-keys.js';
import { Refusal } from './refusal.js';
import type { App } from './served.js';

/** Fastify's own parser takes bytes that are no UTF-8 for U+FFFD, and the last of several values of a key. */
export function readBodies(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['text/plain', 'application/json']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    if (!isUtf8(bytes)) {
      done(new Refusal('invalid-request', 'The body is not UTF-8, as JSON must be.'));
      return;
    }
    const text = bytes.toString('utf8');
    void parse(request, text, (error, body) => {
      if (error !== null) done(isJson(text) ? new Refusal('invalid-request', PROTOTYPE) : error, body);
      else done(findRepeatedKey(text, body) === null ? null : new Refusal('invalid-request', TWICE), body);
    });
  });
}

/** What Fastify's parser refuses all the same has a key that reaches for a prototype. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const TWICE = 'A key stands twice in one object of the body: only its last value would count.';
const PROTOTYPE =
  'A key of the body is __proto__, or constructor with prototype in it: no request has such a key.';
