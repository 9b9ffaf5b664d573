/** `fsa watch`: a run's folder as a live page on loopback. It reads and never writes. */
import { resolve } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { toFsaError } from '../../errors.js';
import { report } from '../../index.js';
import { WatchedRun } from '../../pipelines/watch/watched-run.js';
import { toHtml } from '../../report/html.js';
import { readLines } from '../../runs/tail.js';
import { createHostCheck } from '../gatekeeper.js';
import { listen } from '../listen.js';
import { PAGE_HEADERS } from '../page/headers.js';
import { Refusal } from '../refusal.js';
import { renderPage, WATCH_STYLE } from './page.js';
import { WATCH_SCRIPT } from './script.js';
import { lineStart, logLineOf, Stream, type LogLine } from './stream.js';

export interface WatchOptions {
  /** The run folder. */
  readonly run: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface WatchServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Where nobody else comes: a run's data and figures are its owner's. */
const HOST = '127.0.0.1';
const TICK_MS = 250;
/** Lines of the journal that the page arrives with. */
const LOG_LINES = 200;

/** @throws FsaError RUN_FOLDER where there is no run, USAGE where the port cannot be had */
export async function watch({ run, port }: WatchOptions): Promise<WatchServer> {
  const watched = await WatchedRun.open(resolve(run));
  const app = Fastify({ forceCloseConnections: true, logger: false });
  const streams = new Set<Stream>();
  guard(app);
  addPage(app, watched);
  addStream(app, watched, streams);
  addReport(app, watched);
  const url = await listen(app, { host: HOST, port });
  const follow = followRun(watched, streams);
  return {
    url,
    close: async () => {
      follow.stop();
      await app.close();
    },
  };
}

/** Only loopback's own names, and no page of another origin. */
function guard(app: FastifyInstance): void {
  const checkHost = createHostCheck([]);
  app.addHook('onRequest', (request, _reply, done) => {
    checkHost(request.headers.host);
    const { origin } = request.headers;
    if (origin !== undefined && origin !== `http://${request.headers.host ?? ''}`)
      throw new Refusal('wrong-host', 'This page answers no other site.');
    done();
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const { status, message } =
      error instanceof Refusal ? error : { status: 500, message: toFsaError(error).message };
    await reply.code(status).send({ error: message });
  });
}

function addPage(app: FastifyInstance, run: WatchedRun): void {
  app.get('/', async (_request, reply) => {
    const { log, earlier, from } = await readLog(run.journalPath);
    const board = await run.board();
    const page = renderPage({ name: run.name, board, log, earlier, from });
    await reply
      .headers({ ...PAGE_HEADERS, 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(page);
  });
  for (const [url, type, content] of [
    ['/watch.js', 'text/javascript; charset=utf-8', WATCH_SCRIPT],
    ['/watch.css', 'text/css; charset=utf-8', WATCH_STYLE],
  ] as const) {
    app.get(url, async (_request, reply) => await reply.headers(PAGE_HEADERS).type(type).send(content));
  }
}

/** The journal so far: its last lines, how many stand before them, and where it ends. */
async function readLog(path: string): Promise<{ log: LogLine[]; earlier: number; from: number }> {
  let log: LogLine[] = [];
  let count = 0;
  for (let from = 0; ; ) {
    const { lines, end } = await readLines(path, from);
    if (end === from) return { log, earlier: count - log.length, from };
    from = end;
    const shown = lines.flatMap((line) => logLineOf(line) ?? []);
    count += shown.length;
    log = [...log, ...shown].slice(-LOG_LINES);
  }
}

interface EventsQuery {
  readonly Querystring: { readonly from?: string };
}

function addStream(app: FastifyInstance, run: WatchedRun, streams: Set<Stream>): void {
  app.get<EventsQuery>('/events', async (request, reply) => {
    const last = request.headers['last-event-id'];
    const named = typeof last === 'string' && last !== '' ? last : request.query.from;
    const position = await lineStart(run.journalPath, named);
    reply.hijack();
    const stream = new Stream(reply.raw, run, position ?? 0);
    // A place that is none of this journal's: the page has seen another one.
    if (position === null && named !== undefined) {
      stream.reload();
      return;
    }
    streams.add(stream);
    reply.raw.once('close', () => streams.delete(stream));
  });
}

/** Made anew for each reader: the run may have gone on since. */
function addReport(app: FastifyInstance, run: WatchedRun): void {
  app.get('/report', async (_request, reply) => {
    const { report: made } = await report({ runs: [run.folder] });
    // The page brings its own policy, with the hashes of its style and script.
    await reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(await toHtml(made));
  });
}

/** Looks for news as long as somebody looks on. */
function followRun(run: WatchedRun, streams: ReadonlySet<Stream>): { stop: () => void } {
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  const tick = async (): Promise<void> => {
    const board = streams.size === 0 ? '' : await run.board().catch(() => '');
    for (const stream of streams) {
      if (board !== '') await stream.send(board).catch(() => undefined);
    }
    if (!stopped) timer = setTimeout(() => void tick(), TICK_MS);
  };
  timer = setTimeout(() => void tick(), TICK_MS);
  return {
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
