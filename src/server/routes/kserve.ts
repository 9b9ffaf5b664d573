/** KServe v2 (the open inference protocol), so that serving platforms find what they know. */
import { z } from 'zod';
import type { App, Served } from '../served.js';
import { signalOfClient } from '../served.js';
import { Refusal } from '../refusal.js';
import { inferAnswerSchema, inferRequestSchema, REFUSALS, stateSchema } from '../schemas.js';
import { refuseTooMuch } from './predict.js';

/** A served folder is one version; another student is another model. */
const MODEL_VERSION = '1';

const params = z.object({ model: z.string() });
const versioned = z.object({ model: z.string(), version: z.literal(MODEL_VERSION) });
const metadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
  outputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
});

export function addKserve(app: App, served: Served): void {
  const { models, version } = served;
  const server = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
  app.get('/v2', { schema: { summary: 'The server', response: { 200: server } } }, () => ({
    name: 'fsa',
    version,
    extensions: [],
  }));
  for (const [path, schema] of [
    ['/v2/models/:model', params],
    [`/v2/models/:model/versions/:version`, versioned],
  ] as const) {
    const response = { 200: metadataSchema, 404: REFUSALS[404] };
    app.get(path, { schema: { summary: 'A model', params: schema, response } }, (request) =>
      describeModel(models.find(request.params.model).name),
    );
    const state = { 200: stateSchema, 404: REFUSALS[404], 503: stateSchema };
    app.get(
      `${path}/ready`,
      { schema: { summary: 'Whether it answers', params: schema, response: state } },
      async (request, reply) => {
        models.find(request.params.model);
        await reply.code(served.ready() ? 200 : 503).send({ status: served.ready() ? 'ready' : 'stopping' });
      },
    );
    addInfer(app, `${path}/infer`, schema, served);
  }
}

function describeModel(name: string): z.infer<typeof metadataSchema> {
  return {
    name,
    versions: [MODEL_VERSION],
    platform: 'fsa',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: [{ name: 'tuples', datatype: 'BYTES', shape: [-1] }],
  };
}

function addInfer(
  app: App,
  path: string,
  schema: typeof params | typeof versioned,
  { models, bounds }: Served,
): void {
  const response = { 200: inferAnswerSchema, ...REFUSALS };
  app.post(
    path,
    {
      schema: {
        summary: 'Tuples of each text, as JSON strings',
        params: schema,
        body: inferRequestSchema,
        response,
      },
    },
    async (request, reply) => {
      const { id, inputs } = request.body;
      const { name, dispatcher } = models.find(request.params.model);
      const texts = readTexts(inputs[0]);
      request.texts = texts.length;
      refuseTooMuch(texts, bounds);
      const { predictions } = await dispatcher.ask(texts, { raw: false, signal: signalOfClient(reply) });
      const data = predictions.map(({ tuples }) => JSON.stringify(tuples));
      return {
        ...(id === undefined ? {} : { id }),
        model_name: name,
        model_version: MODEL_VERSION,
        outputs: [{ name: 'tuples', shape: [data.length], datatype: 'BYTES', data }],
      };
    },
  );
}

function readTexts(input: z.infer<typeof inferRequestSchema>['inputs'][number] | undefined): string[] {
  if (input?.name !== 'text' || input.datatype !== 'BYTES')
    throw new Refusal('invalid-request', 'inputs[0] must be named text, with datatype BYTES.');
  const texts = input.data.filter((value) => typeof value === 'string');
  if (texts.length === 0 || texts.length !== input.data.length)
    throw new Refusal('invalid-request', 'inputs[0].data must be a list of at least one string.');
  if (input.shape.reduce((product, length) => product * length, 1) !== texts.length)
    throw new Refusal('invalid-request', `inputs[0].shape does not fit ${texts.length} strings.`);
  return texts;
}
