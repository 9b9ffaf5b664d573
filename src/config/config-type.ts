/** The settings as a TypeScript type with a comment on each: what an editor shows where they are written in code. */
import { z } from 'zod';
import { PRESETS } from './presets.js';
import { configSchema } from './schema.js';

interface TypeNode {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly TypeNode[];
  readonly items?: TypeNode;
  readonly properties?: Readonly<Record<string, TypeNode>>;
  readonly additionalProperties?: TypeNode | boolean;
  readonly description?: string;
}

/** The texts of src/config/config.ts and of a file for each section of it, by their paths in src/config. */
export function configTypeTexts(): Record<string, string> {
  const schema = z.toJSONSchema(configSchema) as TypeNode;
  const sections = Object.entries(schema.properties ?? {}).flatMap(([key, node]) => {
    const values = sectionValues(node, PRESETS.paper[key as keyof typeof PRESETS.paper]);
    return values === null
      ? []
      : [{ key, node, values, name: `${key[0]?.toUpperCase() ?? ''}${key.slice(1)}Config` }];
  });
  const names = new Map(sections.map(({ key, name }) => [key, name]));
  const imports = sections
    .map(({ key, name }) => `import type { ${name} } from './sections/${key}.js';`)
    .sort();
  const whole = [
    ...imports,
    '',
    '/** Every setting of fsa; defaults are those of the preset `paper`. Generated from schema.ts by `npm run generate`. */',
    `export type Config = ${objectText(schema, PRESETS.paper, '', names)};`,
  ];
  const files = sections.map(({ key, node, values, name }) => [
    `sections/${key}.ts`,
    textOf([
      `/** Settings under \`${key}\`. Generated from schema.ts by \`npm run generate\`. */`,
      `export type ${name} = ${objectText(node, values, '')};`,
    ]),
  ]);
  return { 'config.ts': textOf(whole), ...(Object.fromEntries(files) as Record<string, string>) };
}

function textOf(lines: readonly string[]): string {
  return ['// biome-ignore-all format: generated', ...lines, ''].join('\n');
}

/** @param names types that stand for whole sections, by key */
function objectText(
  { properties = {} }: TypeNode,
  values: object,
  indent: string,
  names: ReadonlyMap<string, string> = new Map(),
): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([key, node]) => {
    const value: unknown = (values as Record<string, unknown>)[key];
    const section = sectionValues(node, value);
    const type = section === null ? typeText(node) : (names.get(key) ?? objectText(node, section, inner));
    return [...commentOf(node, section === null ? value : undefined, inner), `${inner}${key}: ${type};`];
  });
  return ['{', ...lines, `${indent}}`].join('\n');
}

/** The values below a key that holds settings of its own; null where it is one setting. */
function sectionValues({ properties }: TypeNode, value: unknown): object | null {
  return properties !== undefined && typeof value === 'object' ? value : null;
}

function commentOf({ description }: TypeNode, value: unknown, indent: string): string[] {
  const words =
    description === undefined ? [] : [`${description[0]?.toUpperCase() ?? ''}${description.slice(1)}.`];
  const all = [...words, ...(value === undefined ? [] : [`@defaultValue \`${JSON.stringify(value)}\``])];
  if (all.length === 0) return [];
  const safe = all.map((line) => line.replaceAll('*/', '*\u2215'));
  return [`${indent}/**`, ...safe.map((line) => `${indent} * ${line}`), `${indent} */`];
}

/** @throws RangeError for a kind of type that no setting has had yet */
function typeText(node: TypeNode): string {
  if (node.anyOf !== undefined) return node.anyOf.map(typeText).join(' | ');
  if (node.enum !== undefined) return node.enum.map(literal).join(' | ');
  if (node.const !== undefined) return literal(node.const);
  if (node.properties !== undefined) return objectText(node, {}, '').replaceAll(/\s*\n\s*/g, ' ');
  const types = typeof node.type === 'string' ? [node.type] : (node.type ?? []);
  if (types.length === 0) throw new RangeError(`no type is known for ${JSON.stringify(node)}`);
  return types.map((type) => plainType(type, node)).join(' | ');
}

function plainType(type: string, { items, additionalProperties }: TypeNode): string {
  switch (type) {
    case 'integer':
      return 'number';
    case 'array': {
      const item = items === undefined ? 'unknown' : typeText(items);
      return item.includes(' ') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return `Record<string, ${typeof additionalProperties === 'object' ? typeText(additionalProperties) : 'unknown'}>`;
    default:
      return type;
  }
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}
