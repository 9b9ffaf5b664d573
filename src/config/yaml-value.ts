/** YAML as plain data, with the traps of the format turned into sentences. */
import { isAlias, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import type { KeyPath } from './check.js';
import { findExcess } from './yaml-size.js';

export interface YamlProblem {
  readonly line: number;
  readonly column: number;
  readonly sentence: string;
}

export interface YamlValue {
  /** Null for an empty text. An integer beyond the safe ones is a bigint. */
  readonly value: unknown;
  /** Line and column of a key, or of its value; of the nearest parent where there is none. */
  readonly locate: (path: KeyPath, at: 'key' | 'value') => { line: number; column: number };
}

/** Values may be named once and repeated (anchors), but not multiplied into something huge. */
const MOST_ALIASES = 100;

/** Reads one document; a text that is not YAML gives all its problems instead. */
export function readYaml(text: string): YamlValue | readonly YamlProblem[] {
  const lines = new LineCounter();
  const placed = (offset: number, sentence: string): YamlProblem => ({ ...place(lines, offset), sentence });
  const excess = findExcess(text);
  if (excess !== null) {
    const before = text.slice(0, excess.offset).split('\n');
    return [{ line: before.length, column: (before.at(-1) ?? '').length + 1, sentence: excess.sentence }];
  }
  // The library compares every key of a map with all before it.
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: false,
    intAsBigInt: true,
  } as const;
  const document = parseDocument(text, options);
  visit(document, { Scalar: (_, scalar) => useNumber(scalar) });
  const problems = [...document.errors, ...document.warnings].map((error) =>
    placed(error.pos[0], explain(error.code, error.message)),
  );
  visit(document, {
    Map: (_, map) => {
      for (const key of repeatedKeys(map)) {
        problems.push(
          placed(offsetOf(key), `The key ${wordAt(text, offsetOf(key))} stands here a second time`),
        );
      }
    },
    Pair: (_, pair) => {
      // Such a key would make the library print a warning of its own.
      if (!isCollection(pair.key) && !isAlias(pair.key)) return;
      problems.push(placed(offsetOf(pair.key), 'A key must be a single word, not a list or a map'));
    },
  });
  if (problems.length > 0) return problems;
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { value, locate: (path, at) => place(lines, findOffset(document, path, at)) };
  } catch {
    return [placed(0, 'Its anchors and aliases multiply too often, or one of them does not exist')];
  }
}

/** An integer that a number cannot hold keeps its digits, so that whoever refuses it shows what was written. */
function useNumber(scalar: Scalar): void {
  if (typeof scalar.value !== 'bigint') return;
  const value = Number(scalar.value);
  if (Number.isSafeInteger(value)) scalar.value = value;
}

function* repeatedKeys({ items }: YAMLMap): Generator<Scalar> {
  const seen = new Set<unknown>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) yield key;
    seen.add(key.value);
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Lines must be indented with spaces, not tabs',
  MULTIPLE_DOCS: 'Only one document may stand in the file: remove what follows `---`',
  TAG_RESOLVE_FAILED: 'Tags (`!…`) have no meaning here',
};

function explain(code: string, message: string): string {
  return SENTENCES[code] ?? message.replace(/\.$/, '');
}

function wordAt(text: string, offset: number): string {
  return /^[^\s:,}\]]{1,60}/.exec(text.slice(offset, offset + 61))?.[0] ?? '';
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function findOffset(document: Document, path: KeyPath, at: 'key' | 'value'): number {
  let node: Node | null = document.contents;
  let offset = offsetOf(node);
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const wantsKey = at === 'key' && index === path.length - 1;
    if (isMap(node)) {
      const pair = pairsByKey(node).get(String(part));
      if (pair === undefined) return offset;
      const value = isNode(pair.value) && pair.value.range != null ? pair.value : null;
      // A key without a value, and a value on a later line: the key is the better place to point at.
      offset = wantsKey || value === null || isCollection(value) ? offsetOf(pair.key) : offsetOf(value);
      node = value;
    } else if (isCollection(node)) {
      node = (node.items[Number(part)] as Node | undefined) ?? null;
      offset = node === null ? offset : offsetOf(node);
    } else return offset;
  }
  return offset;
}

/** Looking a key up for each of many problems takes no longer than reading the map once. */
const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();

function pairsByKey(map: YAMLMap): Map<string, Pair> {
  const known = indexes.get(map);
  if (known !== undefined) return known;
  const index = new Map<string, Pair>();
  for (const pair of map.items) if (isScalar(pair.key)) index.set(String(pair.key.value), pair);
  indexes.set(map, index);
  return index;
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
