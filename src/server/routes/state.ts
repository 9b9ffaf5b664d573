/** What is asked about the server itself: alive, ready, metrics, what it serves, its API. */
import type { App, Served } from '../served.js';
import { infoSchema, stateSchema } from '../schemas.js';

export function addState(app: App, served: Served): void {
  const { models, metrics, limits, version } = served;
  for (const url of ['/health', '/v2/health/live']) {
    const schema = { summary: 'The process answers', response: { 200: stateSchema } };
    app.get(url, { schema, config: { open: true } }, () => ({ status: 'live' }));
  }
  for (const url of ['/ready', '/v2/health/ready']) {
    const schema = { summary: 'New requests are welcome', response: { 200: stateSchema, 503: stateSchema } };
    app.get(url, { schema, config: { open: true } }, async (_request, reply) => {
      await reply.code(served.ready() ? 200 : 503).send({ status: served.ready() ? 'ready' : 'stopping' });
    });
  }
  app.get('/metrics', { schema: { summary: 'Prometheus metrics' } }, async (_request, reply) => {
    await reply.type(metrics.contentType).send(await metrics.render());
  });
  app.get('/info', { schema: { summary: 'What is served', response: { 200: infoSchema } } }, () => ({
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
