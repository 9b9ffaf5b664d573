// The protocol's JSON Schema as Python types: a TypedDict for every titled object, a Literal for every titled
// enumeration, a union for what is chosen by one property. Untitled objects are an error: they would need a
// name of our making.

const NOTICE = 'Generated from src/rpc by `npm run generate`. Do not edit.';
const PACKAGE = 'fsa_runtime.messages';

/** The modules of the package, lower ones first, and what each holds. */
const MODULES = {
  shared: 'Types that messages, specs and outputs have in common.',
  outputs: 'What jobs give back.',
  specs: 'What jobs are told.',
  wire: 'Messages, as both sides send them.',
};

const FIELD_TABLES = ['CACHE_PATHS', 'DECIDING_FIELDS', 'WRITTEN_PATHS'];

const LINE_LENGTH = 110;

/** @param schema the parsed protocol.vN.json @returns the texts of fsa_runtime/messages/ by file name */
export function typedDictsOf(schema) {
  const types = new PythonTypes();
  const named = (messages, union) =>
    types.alias(
      union,
      Object.entries(messages).map(([type, message]) =>
        types.nameOf({ ...message, title: `${pascal(type)}Message` }),
      ),
    );
  named(schema.workerMessages, 'WorkerMessage');
  named(schema.orchestratorMessages, 'OrchestratorMessage');
  const places = placesOf(types);
  const files = Object.entries(MODULES).map(([module, words]) => [
    `${module}.py`,
    moduleText(types, places, module, words),
  ]);
  return {
    '__init__.py': packageText(places),
    'fields.py': fieldsText(schema),
    ...Object.fromEntries(files),
  };
}

/** The module of each type: that of the only root that reaches it, else `shared`. */
function placesOf(types) {
  const outputs = types.reachedFrom('JobOutput');
  const specs = types.reachedFrom('JobSpec');
  const wire = types.reachedFrom('WorkerMessage', 'OrchestratorMessage', { but: [...outputs, ...specs] });
  const usedByWire = new Set([...wire].flatMap((name) => types.usedBy(name)));
  return new Map(
    types.names().map((name) => {
      const root = name === 'JobOutput' || name === 'JobSpec';
      const users = [outputs.has(name), specs.has(name), usedByWire.has(name) || wire.has(name)];
      if (!root && users.filter(Boolean).length > 1) return [name, 'shared'];
      return [name, outputs.has(name) ? 'outputs' : specs.has(name) ? 'specs' : 'wire'];
    }),
  );
}

function moduleText(types, places, module, words) {
  const own = types.names().filter((name) => places.get(name) === module);
  const needed = [...new Set(own.flatMap((name) => types.usedBy(name)))].filter(
    (name) => !own.includes(name),
  );
  const from = Object.keys(MODULES)
    .map((other) => [other, needed.filter((name) => places.get(name) === other)])
    .filter(([, names]) => names.length > 0)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const imports = from.map(([other, names]) => importOf(`${PACKAGE}.${other}`, names)).join('');
  const definitions = types.text(own);
  const typing = ['Literal', 'TypedDict'].filter((name) => new RegExp(`\\b${name}\\b`).test(definitions));
  const head = `"""${words}\n\n${NOTICE}\n"""\n\nfrom __future__ import annotations\n\n`;
  return `${head}from typing import ${typing.join(', ')}\n${imports === '' ? '' : `\n${imports}`}${definitions}`;
}

function packageText(places) {
  const types = [...places.keys()].sort();
  const names = [...FIELD_TABLES, ...types];
  const imports = ['fields', ...Object.keys(MODULES)].sort().map((module) =>
    importOf(
      `${PACKAGE}.${module}`,
      names.filter((name) => (places.get(name) ?? 'fields') === module),
    ),
  );
  const all = names.map((name) => `    ${JSON.stringify(name)},\n`);
  const words = 'Messages, job specs and outputs as types: what src/rpc says, for the type checker.';
  return `"""${words}\n\n${NOTICE}\n"""\n\n${imports.join('')}\n__all__ = [\n${all.join('')}]\n`;
}

/** As ruff has the names of an import: capitals or not. */
function byName(one, other) {
  return one.toLowerCase() < other.toLowerCase() ? -1 : 1;
}

function importOf(module, names) {
  const sorted = [...names].sort(byName);
  const line = `from ${module} import ${sorted.join(', ')}\n`;
  if (line.length <= LINE_LENGTH + 1) return line;
  return `from ${module} import (\n${sorted.map((name) => `    ${name},\n`).join('')})\n`;
}

/** What src/rpc/jobs says of single fields by its marks (`decides`, `written`, `cache`). */
function fieldsText(schema) {
  const specs = schema.orchestratorMessages.run.properties.spec.allOf.map((branch) => branch.then);
  const head = `"""What src/rpc says of single fields of a spec.\n\n${NOTICE}\n"""\n\nfrom __future__ import annotations\n\n`;
  return `${head}${decidingFieldsOf(specs)}${markedPathsOf(specs)}`;
}

/** By job kind: the paths of the fields that decide its result, and their names. */
function decidingFieldsOf(specs) {
  const entries = specs.flatMap((spec) => {
    const fields = markedFields(spec, []);
    if (fields.length === 0) return [];
    const lines = fields.map(([path, name]) => `        ${JSON.stringify(name)}: (${tupleOf(path)}),\n`);
    return [`    ${JSON.stringify(spec.properties.kind.const)}: {\n${lines.join('')}    },\n`];
  });
  return `DECIDING_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {\n${entries.join('')}}\n`;
}

/** The names of fields with paths that jobs write to, and of those for what is kept between them. */
function markedPathsOf(specs) {
  const tuple = (mark) => {
    const found = specs.flatMap(({ properties }) =>
      Object.entries(properties)
        .filter(([, field]) => field[mark] === true)
        .map(([name]) => JSON.stringify(name)),
    );
    const names = [...new Set(found)].sort();
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

class PythonTypes {
  /** Definitions by name, those that are used before those that use them. */
  #definitions = new Map();

  names() {
    return [...this.#definitions.keys()];
  }

  /** The types that a definition names. */
  usedBy(name) {
    const words = new Set(this.#definitions.get(name).match(/\b[A-Z]\w*/g));
    return this.names().filter((other) => other !== name && words.has(other));
  }

  /** The types themselves and all that they are made of; `but` is not entered. */
  reachedFrom(...roots) {
    const { but } = typeof roots.at(-1) === 'object' ? roots.pop() : { but: [] };
    const reached = new Set();
    const visit = (name) => {
      if (reached.has(name) || but.includes(name)) return;
      reached.add(name);
      this.usedBy(name).forEach(visit);
    };
    roots.forEach(visit);
    return reached;
  }

  text(names) {
    let text = '';
    let before = null;
    for (const definition of names.map((name) => this.#definitions.get(name))) {
      const isClass = definition.startsWith('class ');
      const gap = before === 'class' || isClass ? '\n\n' : before === null ? '\n' : '';
      text += `${gap}${definition}`;
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
