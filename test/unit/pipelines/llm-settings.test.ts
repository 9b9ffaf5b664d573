import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../../src/config/presets.js';
import { settingsFor } from '../../../src/pipelines/llm/teacher.js';

/** A server with a key and a price of its own. */
const LLM = {
  ...PRESETS.paper.llm,
  model: 'large',
  baseUrl: 'https://models.example.org/v1',
  keyFrom: 'EXAMPLE_KEY',
  name: 'example',
  price: { ...PRESETS.paper.llm.price, input: 3, output: 9 },
};

describe('settings of a model beside llm.model', () => {
  it.each(['openai:gpt-4o-mini', 'https://other.example.net/v1#m', 'hf:models/own', 'ollama:llama3.2'])(
    'give %s no key, address or price that is meant for another server',
    (model) => {
      const { baseUrl, keyFrom, name, price } = settingsFor(LLM, model);
      expect({ baseUrl, keyFrom, name }).toEqual({ baseUrl: null, keyFrom: null, name: null });
      expect(Object.values(price).every((part) => part === null)).toBe(true);
    },
  );

  it('are the same server for a name alone, and the same settings for the model itself', () => {
    expect(settingsFor(LLM, 'llama3.2:1b')).toEqual({ ...LLM, model: 'llama3.2:1b' });
    expect(settingsFor(LLM, 'large')).toEqual(LLM);
    expect(settingsFor({ ...LLM, baseUrl: null }, 'openai:gpt-4o')).toMatchObject({ keyFrom: null });
    const general = { ...LLM, model: null, baseUrl: null };
    expect(settingsFor(general, 'openai:gpt-4o')).toEqual({ ...general, model: 'openai:gpt-4o' });
  });
});
