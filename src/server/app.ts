/** The HTTP application: what every request passes, and the routes. It listens nowhere yet. */
import { randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import Fastify, { LogController, type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { answerClientError } from './client-error.js';
import { watchMethods } from './methods.js';
import { describeApi } from './openapi.js';
import { readBodies } from './json-body.js';
import { Refusal, type RefusalType } from './refusal.js';
import { checkRequests } from './request-check.js';
import { addKserve } from './routes/kserve.js';
import { addPage } from './routes/page.js';
import { addPredict } from './routes/predict.js';
import { addState } from './routes/state.js';
import type { App, Served } from './served.js';

export interface AppOptions {
  readonly maxBodyBytes: number;
  /** A client has this long to send its whole request. */
  readonly requestMs: number;
  readonly logLevel: 'info' | 'warn' | 'silent';
  /** Each throws a Refusal; null where nothing is checked. */
  readonly checkToken: ((authorization: string | undefined) => void) | null;
  readonly checkHost: ((host: string | undefined) => void) | null;
  /** `draining`: still answering while clients are sent away; `closed`: nothing more is accepted. */
  readonly phase: () => 'open' | 'draining' | 'closed';
}

export async function createApp(served: Served, options: AppOptions): Promise<App> {
  const app = Fastify({
    bodyLimit: options.maxBodyBytes,
    requestTimeout: options.requestMs,
    http: {
      headersTimeout: options.requestMs,
      connectionsCheckingInterval: Math.min(5000, options.requestMs),
    },
    // Fastify's own answer while closing knows no Retry-After; ours stands in `admit`.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: requestIdOf,
    clientErrorHandler: answerClientError,
    // An address that cannot be decoded is met before there is a route, or a hook, for it.
    frameworkErrors: (_error, request, reply) => refuseAddress(request, reply as FastifyReply),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Results go to stdout, logs to stderr: one JSON object a line.
    logger:
      options.logLevel === 'silent' ? false : { level: options.logLevel, base: null, stream: process.stderr },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(checkRequests);
  // Answers are typed where they are made: checking each once more would double the work of a request.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  readBodies(app);
  app.decorateRequest('texts', 0);
  await app.register(swagger, describeApi(served.version, options.checkToken !== null));
  const methods = watchMethods(app);
  admit(app, served, options);
  record(app, served);
  answerErrors(app, served);
  addState(app, served);
  addPredict(app, served);
  addKserve(app, served);
  addPage(app);
  methods.refuse();
  return app;
}

/** A client's own id is kept where it is fit for a log. */
function requestIdOf(request: { headers: NodeJS.Dict<string | string[]> }): string {
  const own = request.headers['x-request-id'];
  return typeof own === 'string' && /^[\w.:-]{1,128}$/.test(own) ? own : randomUUID();
}

function admit(app: App, { models }: Served, { checkToken, checkHost, phase }: AppOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const now = phase();
    if (now !== 'open') reply.header('connection', 'close');
    if (now === 'closed') throw new Refusal('stopping', 'The server is stopping.', { 'retry-after': '1' });
    checkHost?.(request.headers.host);
    if (request.routeOptions.config.open !== true) checkToken?.(request.headers.authorization);
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
      throw new Refusal('unsupported-media-type', 'The body is compressed: send it as it is.');
    const full = request.routeOptions.config.asks === true ? models.fullness() : null;
    if (full !== null) throw full;
  });
}

/** One line of log and one measurement for each request. */
function record(app: App, { metrics }: Served): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.request(route, reply.statusCode, reply.elapsedTime / 1000);
    request.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...(request.texts > 0 ? { texts: request.texts } : {}),
      },
      'answered',
    );
  });
}

function bodyOf({ message, type }: Refusal, { id }: FastifyRequest): object {
  return { error: message, type, requestId: id };
}

function refuseAddress(request: FastifyRequest, reply: FastifyReply): void {
  const refusal = new Refusal('invalid-request', 'The address is not one: see /openapi.json.');
  void reply.code(refusal.status).header('x-request-id', request.id).send(bodyOf(refusal, request));
}

function answerErrors(app: App, { metrics }: Served): void {
  const answer = async (refusal: Refusal, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    metrics.refusal(refusal.type);
    if (refusal.status >= 500 && refusal.type === 'inference-failed')
      request.log.error({ err: refusal.cause }, refusal.message);
    await reply.code(refusal.status).headers(refusal.headers).send(bodyOf(refusal, request));
  };
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    await answer(toRefusal(error), request, reply);
  });
  app.setNotFoundHandler(async (request, reply) => {
    await answer(
      new Refusal('not-found', 'There is nothing at this address; see /openapi.json.'),
      request,
      reply,
    );
  });
}

const REFUSAL_OF_STATUS: Readonly<Record<number, readonly [RefusalType, string]>> = {
  413: ['too-large', 'The body is larger than this server reads: send fewer texts.'],
  415: ['unsupported-media-type', 'The body must be JSON: content-type: application/json.'],
};

/** Whatever a handler or fastify threw, as what the client is told. */
function toRefusal(error: FastifyError | Refusal): Refusal {
  if (error instanceof Refusal) return error;
  const [type, sentence] = REFUSAL_OF_STATUS[error.statusCode ?? 500] ?? [];
  if (type !== undefined && sentence !== undefined) return new Refusal(type, sentence);
  // A parser's own words would repeat the text it stumbled over.
  if ((error.statusCode ?? 500) < 500) return new Refusal('invalid-request', 'The body is no valid JSON.');
  const failure = new Refusal('inference-failed', 'The server met an internal error.');
  failure.cause = error;
  return failure;
}
