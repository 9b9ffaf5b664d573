/**
 * The protocol as JSON Schema for the Python side: one schema per message type, so that a validator can
 * name the field that is wrong. Draft 7, because that is what fastjsonschema understands.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MAX_MESSAGE_BYTES, orchestratorMessage, PROTOCOL_VERSION, workerMessage } from './messages.js';

type JsonSchema = Record<string, unknown>;

/** Text of py_runtime/schema/protocol.v3.json, line feeds only. */
export function protocolSchemaText(): string {
  const protocol = {
    $comment: 'Generated from src/rpc by `npm run generate`. Do not edit.',
    protocolVersion: PROTOCOL_VERSION,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    workerMessages: schemasByType(workerMessage),
    orchestratorMessages: schemasByType(orchestratorMessage),
  };
  return `${JSON.stringify(protocol, null, 1)}\n`;
}

let knownHash: string | null = null;

/** SHA-256 of the schema text: what a worker must have validated with to be welcome. */
export function protocolSchemaHash(): string {
  knownHash ??= createHash('sha256').update(protocolSchemaText()).digest('hex');
  return knownHash;
}

function schemasByType(union: typeof workerMessage | typeof orchestratorMessage): Record<string, JsonSchema> {
  const entries = union.options.map((option) => [option.shape.type.value, toJsonSchema(option)] as const);
  return Object.fromEntries(entries);
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const json: JsonSchema = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDiscriminatedUnion) {
        chooseBy(zodSchema.def.discriminator, jsonSchema);
      }
    },
  });
  delete json['$schema'];
  return json;
}

/** Turns `oneOf` into a choice by one property: a mismatch then names its field, not `0 matches found`. */
function chooseBy(property: string, json: JsonSchema): void {
  const branches = (json['oneOf'] ?? json['anyOf']) as { properties: Record<string, JsonSchema> }[];
  delete json['oneOf'];
  delete json['anyOf'];
  const constants = branches.map((branch) => branch.properties[property]?.['const']);
  json['type'] = 'object';
  json['required'] = [property];
  json['properties'] = { [property]: { enum: constants } };
  json['allOf'] = branches.map((branch, index) => ({
    if: { properties: { [property]: { const: constants[index] } } },
    then: branch,
  }));
}
