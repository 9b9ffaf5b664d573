/** Which modules of the bundle share a file: rules that hold for any graph of imports. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROOT } from '../../helpers/cli.js';

interface Imports {
  readonly modules: readonly string[];
  readonly packages: readonly string[];
}
interface Moments {
  readonly first: Readonly<Record<string, RegExp>>;
  readonly later: Readonly<Record<string, RegExp>>;
}
type SharedFiles = (
  starts: readonly string[],
  moments: Moments,
  importsOf: (id: string) => Imports,
) => Map<string, string>;

const { sharedFiles } = (await import(join(ROOT, 'scripts/lib/shared-files.mjs'))) as {
  readonly sharedFiles: SharedFiles;
};

const NONE: Imports = { modules: [], packages: [] };

it('puts together what is loaded at the same moments with the same packages, and nothing else', () => {
  const graph: Record<string, Imports> = {
    main: { modules: ['words', 'errors'], packages: [] },
    words: { modules: ['errors'], packages: [] },
    errors: NONE,
    eval: { modules: ['plan', 'rows', 'errors'], packages: [] },
    plan: { modules: ['rows'], packages: [] },
    rows: { modules: ['socket'], packages: [] },
    socket: { modules: [], packages: ['zeromq'] },
    seldom: { modules: ['errors', 'help'], packages: [] },
    help: NONE,
  };
  const moments = { first: { main: /^main$/ }, later: { eval: /^eval$/ } };
  const files = sharedFiles(['main', 'eval', 'seldom'], moments, (id) => graph[id] ?? NONE);
  const named = [...new Set(files.values())].map((name) =>
    [...files].flatMap(([id, file]) => (file === name ? [id] : [])).join(' '),
  );
  expect(named.sort()).toEqual(['errors main words', 'eval plan rows socket', 'help seldom']);
});

/** Imports go from a number to larger ones: without circles, as in our sources. */
const GRAPH = fc
  .array(
    fc.record({
      later: fc.array(fc.nat(11), { maxLength: 4 }),
      packages: fc.subarray(['fastify', 'undici', 'zeromq'], { maxLength: 1 }),
    }),
    { minLength: 12, maxLength: 12 },
  )
  .map(
    (nodes) =>
      new Map(
        nodes.map(({ later, packages }, at) => [
          String(at),
          { modules: [...new Set(later.filter((to) => to > at).map(String))], packages },
        ]),
      ),
  );

it('makes no two files that need each other, and no file that brings a package one of its modules does without', () => {
  fc.assert(
    fc.property(GRAPH, fc.uniqueArray(fc.nat(11), { minLength: 3, maxLength: 6 }), (graph, numbers) => {
      const starts = numbers.map(String);
      const importsOf = (id: string): Imports => graph.get(id) ?? NONE;
      const moments = {
        first: { one: new RegExp(`^${starts[0]}$`) },
        later: { two: new RegExp(`^${starts[1]}$`), three: new RegExp(`^${starts[2]}$`) },
      };
      const files = sharedFiles(starts, moments, importsOf);
      const needs = new Map<string, Set<string>>();
      for (const [id, file] of files) {
        const needed = needs.get(file) ?? new Set();
        for (const to of importsOf(id).modules) needed.add(files.get(to)!);
        needs.set(file, needed);
      }
      for (const [file, direct] of needs) {
        const reached = new Set([...direct].filter((other) => other !== file));
        for (const other of reached)
          for (const next of needs.get(other)!) if (next !== other) reached.add(next);
        expect(reached).not.toContain(file);
      }
      for (const [id, file] of files)
        for (const [other, its] of files)
          if (its === file) expect(packagesOf(id, importsOf)).toEqual(packagesOf(other, importsOf));
    }),
  );
});

function packagesOf(id: string, importsOf: (id: string) => Imports): string[] {
  const { modules, packages } = importsOf(id);
  return [...new Set([...packages, ...modules.flatMap((to) => packagesOf(to, importsOf))])].sort();
}
