/** What is asked about the server itself: alive, ready, metrics, what it serves, its API. */
import { z } from 'zod';
import type { App, Served } from '../served.js';
import { infoSchema, stateSchema } from '../schemas.js';

export function addState(app: App, served: Served): void {
  const { models, metrics, limits, version } = served;
  const tags = ['State'];
  // An empty list asks for no token.
  const open = { tags, security: [] };
  for (const [url, operationId] of [
    ['/health', 'getHealth'],
    ['/v2/health/live', 'isServerLive'],
  ] as const) {
    const schema = { ...open, operationId, summary: 'The process answers', response: { 200: stateSchema } };
    app.get(url, { schema, config: { open: true } }, () => ({ status: 'live' }));
  }
  for (const [url, operationId] of [
    ['/ready', 'getReady'],
    ['/v2/health/ready', 'isServerReady'],
  ] as const) {
    const summary = 'New requests are welcome';
    const schema = { ...open, operationId, summary, response: { 200: stateSchema, 503: stateSchema } };
    app.get(url, { schema, config: { open: true } }, async (_request, reply) => {
      await reply.code(served.ready() ? 200 : 503).send({ status: served.ready() ? 'ready' : 'stopping' });
    });
  }
  const asked = { tags, operationId: 'getMetrics', summary: 'Prometheus metrics' };
  app.get('/metrics', { schema: { ...asked, response: { 200: z.string() } } }, async (_request, reply) => {
    await reply.type(metrics.contentType).send(await metrics.render());
  });
  const told = { tags, operationId: 'getInfo', summary: 'What is served', response: { 200: infoSchema } };
  app.get('/info', { schema: told }, () => ({
    name: 'fsa' as const,
    version,
    models: models.all.map(({ name, info }) => ({
      ...info,
      name,
      elements: [...info.elements],
      polarities: [...info.polarities],
    })),
    limits: { ...limits },
  }));
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
