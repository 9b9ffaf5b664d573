import { expect, it } from 'vitest';
import { locateModel } from '../../../src/teacher/llm/model-name.js';
import { findPrice } from '../../../src/teacher/spending/price.js';

const none = { input: null, output: null, cachedInput: null };
const priceOf = (model: string, overrides = {}) =>
  findPrice(locateModel({ model }), { ...none, ...overrides });

it('is what the settings say, one by one, also on this machine, and says where each is from', () => {
  expect(priceOf('ollama:m')).toMatchObject({ input: 0, output: 0, source: 'runs on this machine' });
  expect(priceOf('ollama:m', { input: 2 })).toMatchObject({
    ...{ input: 2, cachedInput: 2, output: 0, source: 'settings, else runs on this machine' },
  });
  expect(priceOf('openai:gpt-4o-mini', { output: 9 })).toMatchObject({
    ...{ input: 0.15, output: 9, source: 'settings, else @pydantic/genai-prices' },
  });
  expect(priceOf('https://llm.invalid/v1#m', { input: 1, output: 2 })).toMatchObject({ source: 'settings' });
  expect(priceOf('https://llm.invalid/v1#m', { input: 1 })).toBeNull();
});
