import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Config } from '../../../src/config/config.js';
import { configTypeTexts } from '../../../src/config/config-type.js';
import { configReference } from '../../../src/config/describe.js';
import type { configSchema } from '../../../src/config/schema.js';

type Parsed = z.infer<typeof configSchema>;
/** Compiles only where each type is the other. */
const both: readonly [(config: Config) => Parsed, (parsed: Parsed) => Config] = [(one) => one, (one) => one];

describe('the type of the settings', () => {
  it('is the one that the loader gives, with a comment and a default on every setting', async () => {
    expect(both).toHaveLength(2);
    const texts = configTypeTexts();
    for (const [name, text] of Object.entries(texts))
      expect(await readFile(resolve(import.meta.dirname, '../../../src/config', name), 'utf8')).toBe(text);
    for (const { key, description } of configReference()) {
      const [section = '', ...below] = key.split('.');
      const text = texts[below.length === 0 ? 'config.ts' : `sections/${section}.ts`] ?? '';
      expect(text).toMatch(new RegExp(`@defaultValue .*\\n +\\*/\\n +${below.at(-1) ?? section}: `));
      expect(text.toLowerCase()).toContain(description.toLowerCase());
    }
  });
});
