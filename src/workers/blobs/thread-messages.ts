/** What the main thread and the blob server's say to each other. */
import type { BlobServerOptions } from './server.js';
import type { Offer } from './shelf.js';

export type ThreadSettings = BlobServerOptions;

export type ToThread =
  | { readonly do: 'admit'; readonly token: string; readonly logPath: string }
  | { readonly do: 'offer'; readonly offers: readonly Offer[] }
  | { readonly do: 'allow'; readonly token: string; readonly written: readonly string[] }
  | { readonly do: 'dismiss'; readonly token: string }
  /** Answered when everything before it is done. */
  | { readonly do: 'say-done'; readonly number: number }
  | { readonly do: 'close' };

export type FromThread =
  | { readonly is: 'open'; readonly port: number }
  | { readonly is: 'failed'; readonly message: string }
  | { readonly is: 'done'; readonly number: number };
