/** The models of a server by name, each with its own queue. */
import type { Model, ModelInfo } from '../index.js';
import { Dispatcher, type DispatchLimits } from './dispatcher.js';
import type { ServerMetrics } from './metrics.js';
import { Refusal } from './refusal.js';

interface NamedModel {
  readonly name: string;
  readonly info: ModelInfo;
  readonly dispatcher: Dispatcher;
}

export class Models {
  readonly all: readonly NamedModel[];

  constructor(served: ReadonlyMap<string, Model>, limits: DispatchLimits, metrics: ServerMetrics) {
    this.all = [...served].map(([name, model]) => {
      const dispatcher = new Dispatcher(model, limits, (facts) => metrics.batch(name, facts));
      metrics.model(name, model, () => dispatcher.waiting);
      return { name, info: model.info, dispatcher };
    });
  }

  /**
   * @param name may be left out where one model is served
   * @throws Refusal not-found, invalid-request
   */
  find(name: string | undefined): NamedModel {
    const [only, ...others] = this.all;
    const names = this.all.map((model) => model.name).join(', ');
    if (name === undefined && only !== undefined && others.length === 0) return only;
    if (name === undefined)
      throw new Refusal('invalid-request', `Several models are served: say which with "model": ${names}.`);
    const found = this.all.find((model) => model.name === name);
    if (found !== undefined) return found;
    throw new Refusal('not-found', `There is no such model here; served: ${names}.`);
  }

  /** Why no model takes one more text now; null where one of them does. */
  fullness(): Refusal | null {
    let full: Refusal | null = null;
    for (const { dispatcher } of this.all) {
      full = dispatcher.fullness();
      if (full === null) return null;
    }
    return full;
  }

  /** Ends what is under way and refuses whoever waits. */
  stop(): void {
    for (const { dispatcher } of this.all) dispatcher.stop();
  }
}
