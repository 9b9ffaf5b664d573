import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { configReference } from '../../../src/config/describe.js';
import { loadConfig } from '../../../src/config/load.js';
import { nearestName } from '../../../src/config/nearest.js';
import { PRESETS } from '../../../src/config/presets.js';
import { isFsaError } from '../../../src/errors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fsa-config-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function outcome(work: Promise<unknown>): Promise<'accepted' | 'refused'> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    // Anything but a refusal with its problems is a mistake in the loader.
    if (isFsaError(error) && error.code === 'CONFIG' && error.problems.length > 0) return 'refused';
    throw error;
  }
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const partialConfig = fc.record(
  {
    seed: fc.nat(),
    model: word,
    distill: fc.record(
      {
        corpus: fc.array(word, { maxLength: 3 }),
        validation: fc.option(word),
        learningRate: fc.double({ min: 1e-9, max: 1, noNaN: true }),
        steps: fc.integer({ min: 1 }),
        dropOverlaps: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    eval: fc.record(
      {
        models: fc.dictionary(word, word, { maxKeys: 3 }),
        seeds: fc.array(fc.nat(), { maxLength: 4 }),
        targetOrder: fc.constantFrom('text' as const, 'reference' as const),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** Keys and values near the real ones, and far from them. */
const settings = configReference().map(({ key }) => key);
const anyKey = fc.oneof(
  fc.constantFrom(
    ...settings,
    'distill',
    'eval',
    '__proto__',
    'constructor.prototype.x',
    'eval.models.toString',
  ),
  fc.string(),
);

describe('the configuration loader, whatever it is given', () => {
  it('gives the same settings from a file, from --set and from options', async () => {
    await fc.assert(
      fc.asyncProperty(partialConfig, async (partial) => {
        await writeFile(join(folder, 'fsa.yaml'), stringify(partial));
        const sets = Object.entries(partial).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
        const common = { preset: 'paper', cwd: folder } as const;
        const [fromFile, fromSets, fromOptions] = await Promise.all([
          loadConfig({ ...common, file: 'fsa.yaml' }),
          loadConfig({ ...common, sets }),
          loadConfig({ ...common, overrides: partial }),
        ]);
        expect(fromFile.config).toEqual(fromOptions.config);
        expect(fromSets.config).toEqual(fromOptions.config);
        expect(fromOptions.config).toEqual({
          ...PRESETS.paper,
          ...partial,
          distill: { ...PRESETS.paper.distill, ...partial.distill },
          eval: { ...PRESETS.paper.eval, ...partial.eval },
        });
      }),
      { numRuns: 50 },
    );
  });

  it('accepts or refuses any text as a file', async () => {
    const line = fc.tuple(
      anyKey,
      fc.oneof(
        fc.string(),
        fc.jsonValue().map((value) => JSON.stringify(value)),
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(line.map(([key, value]) => `${key}: ${value}`)).map((lines) => lines.join('\n')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const path = join(folder, 'any.yaml');
        await writeFile(path, content);
        await outcome(loadConfig({ preset: 'paper', cwd: folder, file: path }));
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('accepts or refuses any assignment, and never changes what all objects share', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.jsonValue().map((json) => JSON.stringify(json)),
    );
    await fc.assert(
      fc.asyncProperty(anyKey, value, async (key, text) => {
        await outcome(loadConfig({ preset: 'paper', cwd: folder, sets: [`${key}=${text}`] }));
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('accepts or refuses any object as options', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.object({ key: fc.oneof(anyKey, fc.constantFrom('distill', 'eval')) }),
        async (any) => {
          await outcome(loadConfig({ preset: 'paper', cwd: folder, overrides: any }));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('nearestName', () => {
  it('finds a name again after one slip', () => {
    const slip = fc.constantFrom('drop', 'double', 'swap', 'case');
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(PRESETS.paper.distill)),
        slip,
        fc.nat(),
        (name, kind, where) => {
          const at = where % (name.length - 1);
          const [a = '', b = ''] = [name[at], name[at + 1]];
          const changed = { drop: b, double: a + a + b, swap: b + a, case: a.toUpperCase() + b }[kind];
          const typed = name.slice(0, at) + changed + name.slice(at + 2);
          expect(nearestName(typed, Object.keys(PRESETS.paper.distill))).toBe(name);
        },
      ),
    );
  });

  it('stays silent about what is like nothing', () => {
    expect(nearestName('temperature', Object.keys(PRESETS.paper.eval))).toBeNull();
    expect(nearestName('x', [])).toBeNull();
    expect(nearestName('a'.repeat(1_000_000), ['steps'])).toBeNull();
  });
});
