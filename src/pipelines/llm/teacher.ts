/** A teacher as the settings describe it: where it is, what it costs, and its provider once it is needed. */
import type { Config } from '../../config/schema.js';
import { readProxies } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import { openChat } from '../../teacher/llm/chat.js';
import { readKey } from '../../teacher/llm/key.js';
import { HERE, locateModel, type ModelPlace } from '../../teacher/llm/model-name.js';
import { openLocal } from './local-provider.js';
import type { Provider } from '../../teacher/llm/provider.js';
import { NANO } from '../../teacher/spending/budget.js';
import { findPrice, type Price } from '../../teacher/spending/price.js';

export interface Teacher {
  readonly place: ModelPlace;
  readonly price: Price | null;
  /** Reads the key and makes the provider; asks nothing yet. */
  open(): Provider;
}

/** @throws FsaError CONFIG where it is not named rightly, or a budget could not be kept */
export function findTeacher(config: Config, budgetUsd: number | null, cwd: string): Teacher {
  const { llm } = config;
  const place = locateModel(llm);
  const price = findPrice(place, llm.price);
  if (price === null && budgetUsd !== null) {
    throw new FsaError('CONFIG', `Nobody knows what ${place.model} costs, so a budget cannot be kept.`, {
      where: 'budget',
      advice:
        'Set llm.price.input and llm.price.output (US dollars for a million tokens), or teach.maxTokens.',
    });
  }
  return {
    place,
    price,
    open: () =>
      place.baseUrl === HERE
        ? openLocal(place, config, cwd)
        : openChat({
            place,
            key: readKey(place),
            proxy: readProxies(),
            timeoutMs: llm.timeoutSeconds * 1000,
          }),
  };
}

/** Dollars from nano-dollars; null where no price is known. */
export function toUsd(nanoUsd: number, price: Price | null): number | null {
  return price === null ? null : nanoUsd / NANO;
}
