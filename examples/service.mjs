/**
 * A student inside your own Fastify service, without Python: `node examples/service.mjs MODEL [PORT]`, MODEL being
 * an export (`fsa export --format onnx`). `npm install fastify fsa-distill` and the two peers that docs/use.md names.
 */
import Fastify from 'fastify';
import { loadModel } from 'fsa-distill';
import { readWords, tell } from './words.mjs';

const USAGE = 'node examples/service.mjs [MODEL] [PORT]   an export (models/onnx), 3000';
const [path = 'models/onnx', port = '3000'] = readWords(USAGE, { most: 2 }).words;
const MOST_TEXTS = 64;

try {
  const model = await loadModel(path, { backend: 'onnx' });
  const app = Fastify();

  const body = {
    type: 'object',
    required: ['reviews'],
    properties: {
      reviews: { type: 'array', maxItems: MOST_TEXTS, items: { type: 'string', maxLength: 5000 } },
    },
  };
  app.post('/aspects', { schema: { body } }, async ({ body: { reviews } }) => {
    const predictions = await model.predict(reviews);
    return predictions.map(({ tuples }) => tuples);
  });

  // Decoding runs in a thread of its own: this answers while the model works.
  app.get('/health', async () => ({ ok: true }));
  app.addHook('onClose', async () => await model.close());
  console.log(await app.listen({ port: Number(port), host: '127.0.0.1' }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close());
} catch (error) {
  tell(error);
}
