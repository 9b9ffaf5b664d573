import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configReference } from '../../../src/config/describe.js';
import { settingsSchemaText } from '../../../src/config/json-schema.js';
import { PRESETS } from '../../../src/config/presets.js';
import { initConfig, showConfig } from '../../../src/index.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
}

describe('fsa init', () => {
  it('writes every setting, and only the chosen ones hold', async () => {
    const cwd = await temporaryFolder();
    const set = { model: 'google-t5/t5-small', 'eval.datasets': ['mine'], 'eval.models': { 'a b': 'x' } };
    const { file } = await initConfig({ cwd, set });
    const text = await readFile(file, 'utf8');
    for (const { key } of configReference()) expect(text).toContain(`${key.split('.').at(-1) ?? ''}: `);
    expect(text.split('\n')[0]).toMatch(/^# yaml-language-server: \$schema=.*fsa\.schema\.json$/);
    const { settings } = await showConfig({ configFile: file, cwd });
    const said = settings.filter(({ source }) => source !== 'preset paper');
    expect(said.map(({ key }) => key)).toEqual(['model', 'eval.models', 'eval.datasets']);
  });

  it('holds every default when its comments are taken away', async () => {
    const cwd = await temporaryFolder();
    const { file } = await initConfig({ cwd });
    const text = await readFile(file, 'utf8');
    const keys = configReference().map(({ key }) => key.split('.').at(-1) ?? '');
    const bare = text.replaceAll(/^( *)# (\w+): /gm, (whole, indent: string, key: string) =>
      keys.includes(key) ? `${indent}${key}: ` : whole,
    );
    await writeFile(join(cwd, 'bare.yaml'), bare);
    const { settings } = await showConfig({ configFile: 'bare.yaml', cwd });
    const defaults = await showConfig({ cwd });
    expect(settings.map(({ value }) => value)).toEqual(defaults.settings.map(({ value }) => value));
  });

  it('overwrites nothing, and leaves nothing behind for a value that cannot be', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'fsa.yaml'), 'seed: 7\n');
    await expect(initConfig({ cwd })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await readFile(join(cwd, 'fsa.yaml'), 'utf8')).toBe('seed: 7\n');
    await expect(initConfig({ cwd, file: 'b.yaml', set: { seed: -1 } })).rejects.toMatchObject({
      code: 'CONFIG',
    });
    await expect(readFile(join(cwd, 'b.yaml'))).rejects.toThrow();
  });
});

describe('fsa config show', () => {
  it('names the place of each value', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'fsa.yaml'), 'eval:\n  epochs: 3\n  batchSize: 4\n');
    const { settings } = await showConfig({
      cwd,
      configFile: 'fsa.yaml',
      sets: ['eval.epochs=5'],
      config: { seed: 1 },
    });
    const sourceOf = Object.fromEntries(settings.map(({ key, value, source }) => [key, [value, source]]));
    expect(sourceOf['eval.epochs']).toEqual([5, '--set eval.epochs=5']);
    expect(sourceOf['eval.batchSize']).toEqual([4, 'fsa.yaml:3:14']);
    expect(sourceOf['seed']).toEqual([1, 'options']);
    expect(sourceOf['model']).toEqual([PRESETS.paper.model, 'preset paper']);
  });
});

describe('the JSON Schema of the settings', () => {
  it('describes every setting, with the default of the paper, and requires none', () => {
    const root = JSON.parse(settingsSchemaText()) as Node;
    for (const { key, default: value, description } of configReference()) {
      const path = key.split('.');
      const node = path.reduce<Node | undefined>((at, name) => at?.properties?.[name], root);
      expect(JSON.stringify(node?.default)).toBe(value);
      expect(node?.description ?? '').toBe(description);
      const parent = path.slice(0, -1).reduce<Node | undefined>((at, name) => at?.properties?.[name], root);
      expect(parent?.required).toBeUndefined();
    }
  });
});
