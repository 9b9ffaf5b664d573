/** Scores of a classifier that may have no answer: it is wrong there, and the share of such rows is told. */

export interface ClassScores {
  readonly rows: number;
  readonly right: number;
  readonly unanswered: number;
  readonly accuracy: number;
  /** Mean recall over the classes that occur. */
  readonly balancedAccuracy: number;
  /** Mean F1 over all classes that occur in gold or predictions. */
  readonly macroF1: number;
  /** By gold class, then by predicted class; `-` are rows without an answer. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export const NO_ANSWER = '-';

/** @param predicted as many as gold; null where there is no answer */
export function scoreClasses(
  gold: readonly string[],
  predicted: readonly (string | null)[],
  classes: readonly string[],
): ClassScores {
  const confusion = Object.fromEntries(
    classes.map((one) => [one, Object.fromEntries([...classes, NO_ANSWER].map((other) => [other, 0]))]),
  );
  for (const [index, label] of gold.entries()) {
    const row = confusion[label];
    const column = predicted[index] ?? NO_ANSWER;
    if (row !== undefined) row[column] = (row[column] ?? 0) + 1;
  }
  const of = (row: string, column: string): number => confusion[row]?.[column] ?? 0;
  const goldOf = (one: string): number =>
    [...classes, NO_ANSWER].reduce((sum, other) => sum + of(one, other), 0);
  const foundOf = (one: string): number => classes.reduce((sum, other) => sum + of(other, one), 0);
  const right = classes.reduce((sum, one) => sum + of(one, one), 0);
  const occurring = classes.filter((one) => goldOf(one) > 0);
  const seen = classes.filter((one) => goldOf(one) + foundOf(one) > 0);
  return {
    rows: gold.length,
    right,
    unanswered: classes.reduce((sum, one) => sum + of(one, NO_ANSWER), 0),
    accuracy: right / gold.length,
    balancedAccuracy: meanOf(occurring.map((one) => of(one, one) / goldOf(one))),
    macroF1: meanOf(seen.map((one) => (2 * of(one, one)) / (goldOf(one) + foundOf(one)))),
    confusion,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
