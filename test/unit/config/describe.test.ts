import { describe, expect, it } from 'vitest';
import { configReference } from '../../../src/config/describe.js';
import { loadConfig } from '../../../src/config/load.js';
import { PRESETS } from '../../../src/config/presets.js';
import { configSchema } from '../../../src/config/schema.js';

describe('configReference', () => {
  it('lists every setting once, described', () => {
    const reference = configReference();
    expect(new Set(reference.map(({ key }) => key)).size).toBe(reference.length);
    expect(reference.filter(({ description }) => description === '')).toEqual([]);
    expect(reference.length).toBe(countSettings(PRESETS.paper));
  });

  it('shows defaults that --set takes back', async () => {
    const sets = configReference('paper').map(({ key, default: value }) => `${key}=${value}`);
    const { config } = await loadConfig({ preset: 'paper', sets });
    expect(config).toEqual(PRESETS.paper);
  });

  it.each([
    ['threads', 'a whole number of at least 1 or null'],
    ['device', 'one of auto, cpu, cuda'],
    ['distill.corpus', 'a list, each item text'],
    ['distill.validation', 'text or null'],
    ['distill.validationShare', 'a number from 0 to 0.5'],
    ['distill.dropOverlaps', 'true or false'],
    ['eval.models', 'a map of names, each with text'],
    ['eval.trainShare', 'a list, each item a number above 0 and at most 1'],
  ])('puts the type of %s in words', (key, type) => {
    expect(configReference().find((each) => each.key === key)?.type).toBe(type);
  });
});

it.each(Object.entries(PRESETS))('the preset %s is a whole configuration', (_, preset) => {
  expect(configSchema.parse(preset)).toEqual(preset);
});

/** A map of settings counts each of them; one of the user's own names is empty and counts once. */
function countSettings(value: object): number {
  return Object.values(value).reduce<number>((count, inner: unknown) => {
    const isMap = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return count + (isMap && Object.keys(inner).length > 0 ? countSettings(inner) : 1);
  }, 0);
}
