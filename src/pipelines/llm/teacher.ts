/** A teacher as the settings describe it: where it is, what it costs, and its provider once it is needed. */
import type { Config } from '../../config/schema.js';
import { readProxies } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import type { BatchDoor } from '../../teacher/batches/service.js';
import { openChat } from '../../teacher/llm/chat.js';
import { readKey } from '../../teacher/llm/key.js';
import { HERE, locateModel, type ModelPlace, namesServer } from '../../teacher/llm/model-name.js';
import { openLocal } from './local-provider.js';
import type { Provider } from '../../teacher/llm/provider.js';
import { NANO } from '../../teacher/spending/budget.js';
import { batchPriceOf, findPrice, type Price } from '../../teacher/spending/price.js';

export interface OpenProvider extends Provider {
  /** Left out where there can be none. */
  readonly batches?: BatchDoor;
}

export interface Teacher {
  readonly place: ModelPlace;
  readonly price: Price | null;
  /** The same for questions that go in a batch. */
  readonly batchPrice: Price | null;
  /** Reads the key and makes the provider; asks nothing yet. */
  open(): OpenProvider;
}

/**
 * @param priceName where its price would be set
 * @throws FsaError CONFIG where it is not named rightly, or a budget could not be kept
 */
export function findTeacher(
  config: Config,
  budgetUsd: number | null,
  cwd: string,
  priceName = 'llm.price',
): Teacher {
  const { llm } = config;
  const place = locateModel(llm);
  const price = findPrice(place, llm.price);
  if (price === null && budgetUsd !== null) {
    throw new FsaError('CONFIG', `Nobody knows what ${place.model} costs, so a budget cannot be kept.`, {
      where: 'budget',
      advice: `Set ${priceName}.input and ${priceName}.output (US dollars for a million tokens), or teach.maxTokens.`,
    });
  }
  return {
    place,
    price,
    batchPrice: batchPriceOf(price, llm.price.batchFactor ?? place.batchFactor),
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

/**
 * The second model that grades answers; null where none is named. Nothing that is meant for the teacher's server, its
 * key above all, goes to another.
 */
export function findJudge(config: Config, cwd: string): Teacher | null {
  const { llm } = config;
  const { judge, budget } = config.teach;
  if (judge.model === null) {
    if (judge.minScore === null) return null;
    throw new FsaError('CONFIG', 'A lowest grade is set, and nobody gives grades.', {
      where: 'teach.judge.minScore',
      advice: 'Name a judge with --judge (teach.judge.model).',
    });
  }
  const settings =
    judge.model === llm.model
      ? { ...llm, price: priceOr(judge.price, llm.price) }
      : {
          ...elsewhere(llm, judge.model),
          ...{ prefill: 'off', keyFrom: judge.keyFrom, price: { ...judge.price, batchFactor: null } },
        };
  return findTeacher({ ...config, llm: settings as Config['llm'] }, budget, cwd, 'teach.judge.price');
}

/**
 * The settings for a model beside `llm.model`. One that names its own server gets nothing that is meant for the
 * server of the settings: no address, no key, no price. A name alone is another model of that server. Settings that
 * name no server are for every one.
 */
export function settingsFor(llm: Config['llm'], model: string): Config['llm'] {
  const isOwn = model === llm.model || (llm.model === null && llm.baseUrl === null);
  if (isOwn || (llm.baseUrl !== null && !namesServer(model))) return { ...llm, model };
  return elsewhere(llm, model);
}

function elsewhere(llm: Config['llm'], model: string): Config['llm'] {
  const price = { input: null, output: null, cachedInput: null, batchFactor: null };
  return { ...llm, model, baseUrl: null, name: null, prefill: 'auto', keyFrom: null, price };
}

function priceOr(
  own: Config['teach']['judge']['price'],
  other: Config['llm']['price'],
): Config['llm']['price'] {
  return own.input === null && own.output === null ? other : { ...other, ...own };
}

/** Dollars from nano-dollars; null where no price is known. */
export function toUsd(nanoUsd: number, price: Price | null): number | null {
  return price === null ? null : nanoUsd / NANO;
}
