/** What an editor shows over the settings that a program writes down. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { configReference } from '../../../src/config/describe.js';

const FILE = resolve(import.meta.dirname, 'written-by-a-user.ts');

/** One nested object literal with every setting, and where each name stands in it. */
function writeAll(keys: readonly string[]): { text: string; places: Map<string, number> } {
  let text =
    "import type { RunOptions } from '../../../src/pipelines/run/options.js';\nexport const options: RunOptions = { config: {";
  const places = new Map<string, number>();
  const write = (prefix: string): void => {
    const below = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    for (const name of new Set(below.map((key) => key.split('.')[0] ?? ''))) {
      text += '\n';
      if (keys.includes(prefix + name)) places.set(prefix + name, text.length);
      text += `${name}: `;
      if (keys.includes(prefix + name)) text += 'undefined as never,';
      else {
        text += '{';
        write(`${prefix}${name}.`);
        text += '},';
      }
    }
  };
  write('');
  return { text: `${text}\n} };\n`, places };
}

it('says what each setting means and its default, over its name', { timeout: 0 }, () => {
  const reference = configReference();
  const { text, places } = writeAll(reference.map(({ key }) => key));
  const read = (path: string) => (path === FILE ? text : ts.sys.readFile(path));
  const service = ts.createLanguageService({
    getScriptFileNames: () => [FILE],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const content = read(path);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => resolve(import.meta.dirname, '../../..'),
    getCompilationSettings: () => ({
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      strict: true,
    }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => path === FILE || ts.sys.fileExists(path),
    readFile: (path) => read(path) ?? readFileSync(path, 'utf8'),
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
  });
  expect(places.size).toBe(reference.length);
  for (const { key, description } of reference) {
    const shown = service.getQuickInfoAtPosition(FILE, places.get(key) ?? -1);
    const words = ts.displayPartsToString(shown?.documentation).toLowerCase();
    expect([key, words]).toEqual([key, expect.stringContaining(description.toLowerCase())]);
    expect([key, shown?.tags?.some(({ name }) => name === 'defaultValue')]).toEqual([key, true]);
  }
});
