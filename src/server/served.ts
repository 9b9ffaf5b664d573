/** What the routes of one server share. */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ServerMetrics } from './metrics.js';
import type { Models } from './models.js';
import type { RequestBounds } from './schemas.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token: what an orchestrator's probes ask, and the page itself. */
    open?: boolean;
    /** Has texts for a model: refused unread while no model takes any. */
    asks?: boolean;
  }
  interface FastifyRequest {
    /** What the request asked for in all, for the log; never the texts. */
    texts: number;
  }
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface Served {
  readonly models: Models;
  readonly metrics: ServerMetrics;
  readonly bounds: RequestBounds;
  /** As shown by /info. */
  readonly limits: Readonly<Record<string, number>>;
  readonly version: string;
  /** Whether new requests are welcome. */
  readonly ready: () => boolean;
}

/** Aborted when the client leaves before its answer. */
export function signalOfClient(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort();
  });
  return controller.signal;
}
