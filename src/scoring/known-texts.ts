/**
 * What the texts of a split were found to be worth. Epochs, seeds and models mostly repeat each other's texts: of ten
 * thousand cells hardly any text is new.
 */

interface Kept<Value> {
  readonly value: Value;
  /** Asked for again since it was made, or last passed over. */
  isUsed: boolean;
}

/** Of one row. */
interface KnownRow<Value> {
  /** Of gold as it is written: what most predictions are. */
  right: { readonly value: Value } | null;
  readonly others: Map<string, Kept<Value>>;
}

interface KnownSplit<Value> {
  readonly rules: readonly unknown[];
  readonly rows: readonly KnownRow<Value>[];
}

/** Texts that are kept of a sentence; the oldest that nobody asked for again goes first. */
const KEPT_TEXTS = 12;

export class KnownTexts<Value> {
  readonly #splits = new WeakMap<readonly object[], KnownSplit<Value>>();

  /**
   * @param rows of the split, kept by this list: neither it nor its rows may change
   * @param texts one for each row
   * @param rules what else decides a value, compared one by one
   * @param make makes it where it is not known; the value is shared and must not be changed
   * @returns one for each row
   */
  valuesOf<Row extends { readonly gold: string }>(
    rows: readonly Row[],
    texts: readonly string[],
    rules: readonly unknown[],
    make: (row: Row, text: string) => Value,
  ): Value[] {
    const known = this.#splitOf(rows, rules).rows;
    return rows.map((row, place) =>
      valueOf(known[place] as KnownRow<Value>, row, texts[place] as string, make),
    );
  }

  #splitOf(rows: readonly object[], rules: readonly unknown[]): KnownSplit<Value> {
    let split = this.#splits.get(rows);
    if (split === undefined || rules.some((rule, place) => rule !== split?.rules[place])) {
      split = { rules, rows: rows.map(() => ({ right: null, others: new Map() })) };
      this.#splits.set(rows, split);
    }
    return split;
  }
}

function valueOf<Value, Row extends { readonly gold: string }>(
  known: KnownRow<Value>,
  row: Row,
  text: string,
  make: (row: Row, text: string) => Value,
): Value {
  if (text === row.gold) return (known.right ??= { value: make(row, text) }).value;
  const found = known.others.get(text);
  if (found !== undefined) {
    found.isUsed = true;
    return found.value;
  }
  const value = make(row, text);
  if (known.others.size >= KEPT_TEXTS) dropUnused(known.others);
  known.others.set(text, { value, isUsed: false });
  return value;
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
