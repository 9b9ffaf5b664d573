/** What `/openapi.json` is made of: each schema once and under its own name, each answer in words. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { PARTS } from './schemas.js';

/** @param needsToken whether clients must send one */
export function describeApi(version: string, needsToken: boolean): FastifyDynamicSwaggerOptions {
  const named = z.registry<{ id: string }>();
  for (const part of PARTS) refer(part, named);
  const scheme = { type: 'http', scheme: 'bearer' } as const;
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'fsa',
        version,
        description: 'Fine-grained sentiment of review sentences, by students that fsa has distilled.',
      },
      ...(needsToken
        ? { components: { securitySchemes: { token: scheme } }, security: [{ token: [] }] }
        : {}),
    },
    transform: ({ schema, url }) => ({ url, schema: describeRoute(schema, named) }),
    transformObject: (api) => {
      if (!('openapiObject' in api)) return {};
      const { openapiObject } = api;
      return { ...openapiObject, components: { ...openapiObject.components, schemas: componentsOf(named) } };
    },
  };
}

type Named = z.core.$ZodRegistry<{ id: string }>;

/**
 * Everything is described as it is sent: a field with a default may be left out, and answers may gain fields. The
 * bounds of whole numbers in a double are no bounds of ours.
 */
const FORM = {
  io: 'input',
  override: ({ jsonSchema }) => {
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  },
} as const satisfies z.core.ToJSONSchemaParams;

const referenceTo = (id: string): string => `#/components/schemas/${id}`;

function refer(schema: z.ZodType, named: Named): object {
  const id = schema.meta()?.id;
  if (id === undefined) return partOf(z.toJSONSchema(schema, FORM));
  if (!named.has(schema)) named.add(schema, { id });
  return { $ref: referenceTo(id) };
}

function componentsOf(named: Named): object {
  const { schemas } = z.toJSONSchema(named, { ...FORM, uri: referenceTo });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, partOf(schema)]));
}

/** A schema inside the document is named by its place in it, and is of the document's own dialect. */
function partOf({ $schema: _dialect, $id: _name, ...schema }: z.core.JSONSchema.BaseSchema): object {
  return schema;
}

function describeRoute(schema: FastifySchema | undefined, named: Named): FastifySchema {
  const { body, params, response, ...rest } = schema ?? {};
  const answers = Object.entries((response ?? {}) as Record<string, z.ZodType>).map(([code, answer]) => {
    const type = answer instanceof z.ZodString ? 'text/plain' : 'application/json';
    return [code, { description: WORDS[code], content: { [type]: { schema: refer(answer, named) } } }];
  });
  return {
    ...rest,
    ...(body === undefined ? {} : { body: refer(body as z.ZodType, named) }),
    ...(params === undefined ? {} : { params: refer(params as z.ZodType, named) }),
    response: Object.fromEntries(answers) as object,
  };
}

const WORDS: Readonly<Record<string, string>> = {
  200: 'The answer.',
  400: 'The request is not as it should be; the sentence says which field, and what to send.',
  401: 'A token is needed.',
  403: 'The Host header names a server that this one is not.',
  404: 'There is no such model or address.',
  413: 'The body, a text or the number of texts is larger than this server reads.',
  415: 'The body is no JSON.',
  429: 'Too many texts wait already; the header retry-after says in how many seconds to come back.',
  500: 'The model failed.',
  503: 'The server is stopping.',
  504: 'The model did not get to these texts in time.',
};
