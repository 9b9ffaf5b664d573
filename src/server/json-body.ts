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
      const isTwice = error === null && findRepeatedKey(text, body) !== null;
      done(isTwice ? new Refusal('invalid-request', TWICE) : error, body);
    });
  });
}

const TWICE = 'A key stands twice in one object of the body: only its last value would count.';
