/** KServe v2 (the open inference protocol), so that serving platforms find what they know. */
import { z } from 'zod';
import type { App, Served } from '../served.js';
import { signalOfClient } from '../served.js';
import { Refusal } from '../refusal.js';
import {
  inferAnswerSchema,
  inferRequestSchema,
  modelMetadataSchema,
  REFUSALS,
  serverMetadataSchema,
  stateSchema,
} from '../schemas.js';
import { refuseTooMuch } from './predict.js';

/** A served folder is one version; another student is another model. */
const MODEL_VERSION = '1';

const model = z.string().describe('as /info lists them');
const params = z.object({ model });
const versioned = z.object({ model, version: z.string().describe(MODEL_VERSION) });
type Named = z.infer<typeof params> & { readonly version?: string };

export function addKserve(app: App, served: Served): void {
  const { version } = served;
  const schema = {
    summary: 'The server',
    operationId: 'getServer',
    tags,
    response: { 200: serverMetadataSchema },
  };
  app.get('/v2', { schema }, () => ({ name: 'fsa', version, extensions: [] }));
  addModel(app, { path: '/v2/models/:model', params, suffix: '' }, served);
  addModel(
    app,
    { path: '/v2/models/:model/versions/:version', params: versioned, suffix: 'Version' },
    served,
  );
}

interface Place {
  readonly path: string;
  readonly params: typeof params | typeof versioned;
  /** Of the names that generated clients give to what is asked here. */
  readonly suffix: string;
}

const tags = ['KServe v2'];

function addModel(app: App, place: Place, served: Served): void {
  const { path, suffix } = place;
  const common = { params: place.params, tags };
  app.get(
    path,
    {
      schema: {
        ...common,
        summary: 'A model',
        operationId: `getModel${suffix}`,
        response: { 200: modelMetadataSchema, 404: REFUSALS[404] },
      },
    },
    (request) => describeModel(find(served, request.params).name),
  );
  app.get(
    `${path}/ready`,
    {
      schema: {
        ...common,
        summary: 'Whether it answers',
        operationId: `isModel${suffix}Ready`,
        response: { 200: stateSchema, 404: REFUSALS[404], 503: stateSchema },
      },
    },
    async (request, reply) => {
      find(served, request.params);
      await reply.code(served.ready() ? 200 : 503).send({ status: served.ready() ? 'ready' : 'stopping' });
    },
  );
  addInfer(app, place, served);
}

/** @throws Refusal not-found */
function find({ models }: Served, { model: name, version }: Named): ReturnType<Served['models']['find']> {
  const found = models.find(name);
  if (version === undefined || version === MODEL_VERSION) return found;
  throw new Refusal('not-found', `There is no such version of the model here; served: ${MODEL_VERSION}.`);
}

function describeModel(name: string): z.infer<typeof modelMetadataSchema> {
  return {
    name,
    versions: [MODEL_VERSION],
    platform: 'fsa',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: [{ name: 'tuples', datatype: 'BYTES', shape: [-1] }],
  };
}

function addInfer(app: App, { path, params: schema, suffix }: Place, served: Served): void {
  app.post(
    `${path}/infer`,
    {
      config: { asks: true },
      schema: {
        summary: 'Tuples of each text, as JSON strings',
        operationId: `infer${suffix}`,
        tags,
        params: schema,
        body: inferRequestSchema,
        response: { 200: inferAnswerSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const { id, inputs, outputs } = request.body;
      const { name, dispatcher } = find(served, request.params);
      const texts = readTexts(inputs);
      requireOutputs(outputs);
      request.texts = texts.length;
      refuseTooMuch(texts, served.bounds);
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

type InferRequest = z.infer<typeof inferRequestSchema>;

function readTexts([input, ...others]: InferRequest['inputs']): string[] {
  if (input?.name !== 'text' || input.datatype !== 'BYTES' || others.length > 0)
    throw new Refusal('invalid-request', 'inputs must hold one input, named text, with datatype BYTES.');
  // Rows may be nested as the shape says, or flat.
  const data: unknown[] = input.data.flat(input.shape.length);
  const texts = data.filter((value) => typeof value === 'string');
  if (texts.length === 0 || texts.length !== data.length)
    throw new Refusal('invalid-request', 'inputs[0].data must be a list of at least one string.');
  if (input.shape.reduce((product, length) => product * length, 1) !== texts.length)
    throw new Refusal('invalid-request', `inputs[0].shape does not fit ${texts.length} strings.`);
  return texts;
}

function requireOutputs(outputs: InferRequest['outputs']): void {
  if (outputs?.some(({ name }) => name !== 'tuples') === true)
    throw new Refusal(
      'invalid-request',
      'outputs names what the model does not have: its one output is tuples.',
    );
}
