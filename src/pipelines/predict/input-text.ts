/** A sentence of an input, and under which names it may stand. */

/** Keys and columns that hold the sentence, in this order. */
export const TEXT_KEYS = ['text', 'sentence'] as const;

export interface InputText {
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** What the input calls it, in a key or column `id`. */
  readonly id?: string | number;
}
