/**
 * What the predictions of a sentence were found to be worth. Epochs, seeds and models mostly repeat each other's
 * texts: of ten thousand cells hardly any text is new.
 */
import type { PredictionForm } from '../tasks/given-tuples.js';
import type { Tuple } from '../tasks/task.js';

/** What besides the text decides what it is worth, for one sentence. */
interface Asked {
  readonly sentence: string;
  readonly gold: string;
  /** Kept by this list, as it is: it must not change. */
  readonly goldTuples: readonly Tuple[];
  readonly prediction: PredictionForm;
}

interface Known<Value> {
  readonly sentence: string;
  readonly gold: string;
  readonly rules: readonly unknown[];
  /** Of gold as it is written: what most predictions are. */
  right: { readonly value: Value } | null;
  readonly values: Map<string, Kept<Value>>;
}

interface Kept<Value> {
  readonly value: Value;
  /** Asked for again since it was made, or last passed over. */
  isUsed: boolean;
}

/** Texts that are kept of a sentence; the oldest that nobody asked for again goes first. */
const KEPT_TEXTS = 12;

export class KnownTexts<Value> {
  readonly #rows = new WeakMap<readonly Tuple[], Known<Value>>();

  /**
   * @param rules what else decides the value, compared one by one
   * @param make makes it where it is not known; the value is shared and must not be changed
   */
  valueOf(
    { sentence, gold, goldTuples, prediction }: Asked,
    rules: readonly unknown[],
    make: () => Value,
  ): Value {
    // Tuples are no key: they come from outside, once.
    if (typeof prediction !== 'string') return make();
    let known = this.#rows.get(goldTuples);
    if (
      known === undefined ||
      known.sentence !== sentence ||
      known.gold !== gold ||
      differ(known.rules, rules)
    ) {
      known = { sentence, gold, rules, right: null, values: new Map() };
      this.#rows.set(goldTuples, known);
    }
    if (prediction === gold) return (known.right ??= { value: make() }).value;
    const { values } = known;
    const found = values.get(prediction);
    if (found !== undefined) {
      found.isUsed = true;
      return found.value;
    }
    const value = make();
    if (values.size >= KEPT_TEXTS) dropUnused(values);
    values.set(prediction, { value, isUsed: false });
    return value;
  }
}

/** Those that were used get a second chance, so that texts like no other do not drive out the usual ones. */
function dropUnused(values: Map<string, Kept<unknown>>): void {
  for (const [text, kept] of values) {
    values.delete(text);
    if (!kept.isUsed) return;
    kept.isUsed = false;
    values.set(text, kept);
  }
}

function differ(some: readonly unknown[], others: readonly unknown[]): boolean {
  for (let place = 0; place < some.length; place++) if (some[place] !== others[place]) return true;
  return false;
}
