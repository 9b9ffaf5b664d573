/** The settings as a JSON Schema, for editors: every key optional, with its description and the paper's value. */
import { z } from 'zod';
import { PRESETS } from './presets.js';
import { configSchema } from './schema.js';

type SchemaNode = Record<string, unknown> & { properties?: Record<string, SchemaNode> };

/** The text of schema/fsa.schema.json. */
export function settingsSchemaText(): string {
  const schema = z.toJSONSchema(configSchema) as SchemaNode;
  const described = { ...withDefaults(schema, PRESETS.paper), title: 'fsa.yaml' };
  return `${JSON.stringify(described, null, 2)}\n`;
}

function withDefaults(node: SchemaNode, value: unknown): SchemaNode {
  const { properties } = node;
  if (properties === undefined) return { ...node, default: value };
  const values = value as Record<string, unknown>;
  const inner = Object.entries(properties).map(([key, part]) => [key, withDefaults(part, values[key])]);
  // A section with nothing below its name is null in YAML.
  const described: SchemaNode = {
    ...node,
    type: ['object', 'null'],
    properties: Object.fromEntries(inner) as Record<string, SchemaNode>,
  };
  delete described['required'];
  return described;
}
