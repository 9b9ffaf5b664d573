/** What is no request at all, or only half of one: told in the form of every other refusal. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

const ANSWERS: Readonly<Record<string, readonly [number, string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'too-slow', 'The request did not arrive in time: send it anew.'],
  HPE_HEADER_OVERFLOW: [431, 'too-large', 'The headers are larger than this server reads.'],
};
const NO_REQUEST = [400, 'invalid-request', 'This is no whole HTTP request.'] as const;

/** Met before there is a request, so there is no id but one made here, and no line of log. */
export function answerClientError({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  // One that has left hears nothing.
  if (code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const [status, type, error] = ANSWERS[code] ?? NO_REQUEST;
    const requestId = randomUUID();
    const body = JSON.stringify({ error, type, requestId });
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}
