/**
 * What the texts of a split were found to be worth. Epochs, seeds and models mostly repeat each other's texts: of ten
 * thousand cells hardly any text is new.
 */

/** Of one row. */
interface KnownRow<Value> {
  /** The more often they are asked for, the further in front. */
  readonly texts: string[];
  /** In the places of their texts. */
  readonly values: Value[];
}

interface KnownSplit<Value> {
  readonly rules: readonly unknown[];
  readonly rows: readonly KnownRow<Value>[];
}

/** Texts that are kept of a sentence. */
const KEPT_TEXTS = 12;

export class KnownTexts<Value> {
  readonly #splits = new WeakMap<readonly object[], KnownSplit<Value>>();

  /** @param isLasting whether a value may be given again */
  constructor(private readonly isLasting: (value: Value) => boolean = () => true) {}

  /**
   * @param rows of the split, kept by this list: neither it nor its rows may change
   * @param texts one for each row
   * @param rules what else decides a value, compared one by one
   * @param make makes it where it is not known; the value is shared and must not be changed
   * @returns one for each row
   */
  valuesOf<Row extends object>(
    rows: readonly Row[],
    texts: readonly string[],
    rules: readonly unknown[],
    make: (row: Row, text: string) => Value,
  ): Value[] {
    const known = this.#splitOf(rows, rules).rows;
    return known.map((ofRow, index) => {
      const text = texts[index] as string;
      // Most texts are their row's usual one.
      if (text === ofRow.texts[0]) return ofRow.values[0] as Value;
      const place = ofRow.texts.indexOf(text, 1);
      if (place > 0) return takeValue(ofRow, place);
      const value = make(rows[index] as Row, text);
      if (this.isLasting(value)) keepValue(ofRow, text, value);
      return value;
    });
  }

  #splitOf(rows: readonly object[], rules: readonly unknown[]): KnownSplit<Value> {
    let split = this.#splits.get(rows);
    if (split === undefined || rules.some((rule, place) => rule !== split?.rules[place])) {
      split = { rules, rows: rows.map(() => ({ texts: [], values: [] })) };
      this.#splits.set(rows, split);
    }
    return split;
  }
}

/** Gives a value and moves it one place ahead. */
function takeValue<Value>({ texts, values }: KnownRow<Value>, place: number): Value {
  const value = values[place] as Value;
  const before = place - 1;
  [texts[before], texts[place]] = [texts[place] as string, texts[before] as string];
  [values[before], values[place]] = [value, values[before] as Value];
  return value;
}

/** Texts like no other drive each other out of the last place, and never the usual ones. */
function keepValue<Value>({ texts, values }: KnownRow<Value>, text: string, value: Value): void {
  const place = Math.min(texts.length, KEPT_TEXTS - 1);
  [texts[place], values[place]] = [text, value];
}
