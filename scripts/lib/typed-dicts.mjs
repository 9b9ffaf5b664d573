// The protocol's JSON Schema as Python types: a TypedDict for every titled object, a Literal for every titled
// enumeration, a union for what is chosen by one property. Untitled objects are an error: they would need a
// name of our making.

const HEAD = `"""Messages, job specs and outputs as types: what src/rpc says, for the type checker.

Generated from src/rpc by \`npm run generate\`. Do not edit.
"""

from __future__ import annotations

from typing import Literal, TypedDict
`;

const LINE_LENGTH = 110;

/** @param schema the parsed protocol.vN.json @returns the text of fsa_runtime/messages.py */
export function typedDictsOf(schema) {
  const module = new PythonModule();
  const named = (messages, union) =>
    module.alias(
      union,
      Object.entries(messages).map(([type, message]) =>
        module.nameOf({ ...message, title: `${pascal(type)}Message` }),
      ),
    );
  named(schema.workerMessages, 'WorkerMessage');
  named(schema.orchestratorMessages, 'OrchestratorMessage');
  return `${module.text()}${decidingFieldsOf(schema)}${markedPathsOf(schema)}`;
}

/** By job kind: the paths of the fields that decide its result (`decides` in src/rpc/jobs), and their names. */
function decidingFieldsOf(schema) {
  const specs = schema.orchestratorMessages.run.properties.spec.allOf.map((branch) => branch.then);
  const entries = specs.flatMap((spec) => {
    const fields = markedFields(spec, []);
    if (fields.length === 0) return [];
    const lines = fields.map(([path, name]) => `        ${JSON.stringify(name)}: (${tupleOf(path)}),\n`);
    return [`    ${JSON.stringify(spec.properties.kind.const)}: {\n${lines.join('')}    },\n`];
  });
  return `\n\nDECIDING_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {\n${entries.join('')}}\n`;
}

/** The names of fields with paths that jobs write to, and of those for what is kept between them. */
function markedPathsOf(schema) {
  const specs = schema.orchestratorMessages.run.properties.spec.allOf.map((branch) => branch.then);
  const namesWith = (mark) =>
    specs.flatMap(({ properties }) =>
      Object.entries(properties)
        .filter(([, field]) => field[mark] === true)
        .map(([name]) => JSON.stringify(name)),
    );
  const tuple = (mark) => {
    const names = [...new Set(namesWith(mark))].sort();
    return `(${names.join(', ')}${names.length === 1 ? ',' : ''})`;
  };
  return `\nWRITTEN_PATHS = ${tuple('written')}\nCACHE_PATHS = ${tuple('cache')}\n`;
}

function markedFields({ properties = {} }, above) {
  return Object.entries(properties).flatMap(([field, schema]) => {
    const path = [...above, field];
    return schema.decides === undefined ? markedFields(schema, path) : [[path, schema.decides]];
  });
}

function tupleOf(path) {
  const words = path.map((field) => JSON.stringify(field)).join(', ');
  return path.length === 1 ? `${words},` : words;
}

class PythonModule {
  /** Definitions by name, those that are used before those that use them. */
  #definitions = new Map();

  text() {
    let text = HEAD;
    let before = null;
    for (const definition of this.#definitions.values()) {
      const isClass = definition.startsWith('class ');
      text +=
        before === 'class' || isClass ? `\n\n${definition}` : `${before === null ? '\n' : ''}${definition}`;
      before = isClass ? 'class' : 'alias';
    }
    return text;
  }

  /** The Python type of a schema. */
  nameOf(schema) {
    if (schema.const !== undefined) return `Literal[${JSON.stringify(schema.const)}]`;
    if (schema.enum !== undefined) return this.#enumeration(schema);
    if (schema.anyOf !== undefined) return schema.anyOf.map((one) => this.nameOf(one)).join(' | ');
    if (schema.allOf !== undefined) {
      const branches = schema.allOf.map((branch) => this.nameOf(branch.then));
      return schema.title === undefined ? branches.join(' | ') : this.alias(schema.title, branches);
    }
    if (Array.isArray(schema.type))
      return schema.type.map((type) => this.nameOf({ ...schema, type })).join(' | ');
    switch (schema.type) {
      case 'string':
        return 'str';
      case 'integer':
        return 'int';
      case 'number':
        return 'float';
      case 'boolean':
        return 'bool';
      case 'null':
        return 'None';
      case 'array':
        return `list[${this.nameOf(schema.items)}]`;
      case 'object':
        return this.#typedDict(schema);
      default:
        throw new Error(`no Python type is known for ${JSON.stringify(schema)}`);
    }
  }

  alias(name, parts) {
    const line = `${name} = ${parts.join(' | ')}\n`;
    const joined = parts.join(' | ').length <= LINE_LENGTH - 4 ? ' | ' : '\n    | ';
    const lines = `${name} = (\n    ${parts.join(joined)}\n)\n`;
    return this.#define(name, line.length <= LINE_LENGTH + 1 ? line : lines);
  }

  #enumeration(schema) {
    const values = schema.enum.map((value) => JSON.stringify(value));
    const type = `Literal[${values.join(', ')}]`;
    if (schema.title === undefined) return type;
    const line = `${schema.title} = ${type}\n`;
    const lines = `${schema.title} = Literal[\n${values.map((value) => `    ${value},\n`).join('')}]\n`;
    return this.#define(schema.title, line.length <= LINE_LENGTH + 1 ? line : lines);
  }

  #typedDict(schema) {
    const { title, properties } = schema;
    if (title === undefined)
      throw new Error(`an object has no title: ${JSON.stringify(schema).slice(0, 200)}`);
    const fields = Object.entries(properties).map(([name, type]) => `    ${name}: ${this.nameOf(type)}\n`);
    return this.#define(title, `class ${title}(TypedDict):\n${fields.join('')}`);
  }

  /** One name has one meaning. */
  #define(name, definition) {
    const known = this.#definitions.get(name);
    if (known !== undefined && known !== definition)
      throw new Error(`two different types are called ${name}`);
    this.#definitions.set(name, definition);
    return name;
  }
}

function pascal(type) {
  return type.replace(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase());
}
