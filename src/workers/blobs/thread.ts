/** The thread of the blob server: does what the main thread says, in that order. */
import { messageOf } from '../../errors.js';
import { parentPort, workerData } from 'node:worker_threads';
import { openBlobServer, type BlobServer } from './server.js';
import type { FromThread, ThreadSettings, ToThread } from './thread-messages.js';

const say = (message: FromThread): void => parentPort?.postMessage(message);

function obey({ shelf, close }: BlobServer, message: ToThread): void {
  switch (message.do) {
    case 'admit':
      shelf.admit(message.token, message.logPath);
      return;
    case 'offer':
      shelf.offer(message.offers);
      return;
    case 'allow':
      shelf.allow(message.token, message.written);
      return;
    case 'dismiss':
      shelf.dismiss(message.token);
      return;
    case 'say-done':
      say({ is: 'done', number: message.number });
      return;
    case 'close':
      void close().finally(() => parentPort?.close());
  }
}

try {
  const server = await openBlobServer(workerData as ThreadSettings);
  parentPort?.on('message', (message: ToThread) => obey(server, message));
  say({ is: 'open', port: server.port });
} catch (error) {
  say({ is: 'failed', message: messageOf(error) });
}
