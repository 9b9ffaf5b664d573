/** What a model's tokens cost: from the settings, else from the list that others keep. */
import { calcPrice } from '@pydantic/genai-prices';
import type { ModelPlace } from '../llm/model-name.js';
import type { Usage } from '../llm/provider.js';
import type { Amount } from './budget.js';

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  /** `settings`, `@pydantic/genai-prices`, or `runs on this machine`. */
  readonly source: string;
}

export interface PriceOverrides {
  readonly input: number | null;
  readonly cachedInput: number | null;
  readonly output: number | null;
}

/** Null where nobody says what the model costs. */
export function findPrice(place: ModelPlace, overrides: PriceOverrides): Price | null {
  const { input, output } = overrides;
  if (input !== null && output !== null) {
    return { input, output, cachedInput: overrides.cachedInput ?? input, source: 'settings' };
  }
  const isSet = input !== null || output !== null;
  const free = { input: 0, cachedInput: 0, output: 0 };
  const listed = place.isFree
    ? free
    : place.priceList === null
      ? null
      : listedPrice(place.model, place.priceList);
  if (listed === null) return null;
  const source = place.isFree ? 'runs on this machine' : '@pydantic/genai-prices';
  return {
    input: input ?? listed.input,
    output: output ?? listed.output,
    cachedInput: overrides.cachedInput ?? (input === null ? listed.cachedInput : input),
    source: isSet ? `settings, else ${source}` : source,
  };
}

/** The price of the same tokens in a batch. */
export function batchPriceOf(price: Price | null, factor: number): Price | null {
  if (price === null) return null;
  const { input, cachedInput, output, source } = price;
  return {
    ...{ input: input * factor, cachedInput: cachedInput * factor, output: output * factor },
    source: factor === 1 ? source : `${source}, ${factor} of it in a batch`,
  };
}

/** Prices may rise with the length of the input: ours are short. */
const SAMPLE_TOKENS = 1000;

function listedPrice(model: string, providerId: string): Omit<Price, 'source'> | null {
  const perMillion = (usage: Parameters<typeof calcPrice>[0]): number | null => {
    const price = calcPrice(usage, model, { providerId });
    return price === null ? null : (price.total_price * 1e6) / SAMPLE_TOKENS;
  };
  const input = perMillion({ input_tokens: SAMPLE_TOKENS });
  const output = perMillion({ output_tokens: SAMPLE_TOKENS });
  if (input === null || output === null) return null;
  const cached = perMillion({ input_tokens: SAMPLE_TOKENS, cache_read_tokens: SAMPLE_TOKENS });
  return { input, output, cachedInput: cached ?? input };
}

/** What so many tokens cost, rounded up to whole nano-dollars; no price counts as none. */
export function costOf({ inputTokens, cachedInputTokens, outputTokens }: Usage, price: Price | null): Amount {
  const tokens = inputTokens + outputTokens;
  if (price === null) return { nanoUsd: 0, tokens };
  const fresh = inputTokens - cachedInputTokens;
  // Dollars for a million tokens are a thousand nano-dollars for one.
  const nano =
    1000 * (fresh * price.input + cachedInputTokens * price.cachedInput + outputTokens * price.output);
  return { nanoUsd: Math.ceil(nano - 1e-6), tokens };
}
