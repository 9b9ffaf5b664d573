/**
 * Metric records as the lines of metrics.jsonl. Their figures come as text and are kept as text: what a worker wrote
 * in the form of the lines is taken over, for a fifth of the time in which a cell's thousands of numbers are put into
 * words anew.
 */
import type { MetricRecord } from './messages.js';

/** Of longer messages no text is kept: a worker sends a few hundred records at once. */
const MOST_CHARACTERS = 256 * 1024;

const BEFORE_RECORDS = '"records":[';
const AFTER_RECORDS = ']}';

/** A number or null, where the text is known to be JSON. */
const VALUE = '[-+.0-9eEnul]+';
const KEYS = [
  'step',
  'epoch',
  'loss',
  'validationLoss',
  'learningRate',
  'gradientNorm',
  'tokens',
  'tokensPerSecond',
] as const satisfies readonly (keyof MetricRecord)[];
const LINE = `\\{${KEYS.map((key) => `"${key}":${VALUE}`).join(',')}\\}`;
const LINES = new RegExp(`^(?:${LINE},)*${LINE}$`);

const texts = new WeakMap<readonly MetricRecord[], string>();

/** Notes down what records were read from. @param message the whole text of the message, which fits the protocol */
export function keepTextOf(records: readonly MetricRecord[], message: string): void {
  if (message.length <= MOST_CHARACTERS) texts.set(records, message);
}

/** A line for each record, ended by a break: its fields in the schema's order, without spaces. */
export function toMetricLines(records: readonly MetricRecord[]): string {
  return `${inLines(takenOver(records) ?? writtenAnew(records))}\n`;
}

/** Numbers, null and known keys alone: there is no text that holds the signs between two records. */
function inLines(records: string): string {
  return records.replaceAll('},{', '}\n{');
}

/** The records as the message had them; null where that is not known, or not in the form of the lines. */
function takenOver(records: readonly MetricRecord[]): string | null {
  const message = texts.get(records);
  if (message?.endsWith(AFTER_RECORDS) !== true) return null;
  const begin = message.indexOf(BEFORE_RECORDS);
  if (begin < 0) return null;
  const text = message.slice(begin + BEFORE_RECORDS.length, -AFTER_RECORDS.length);
  return LINES.test(text) ? text : null;
}

function writtenAnew(records: readonly MetricRecord[]): string {
  return JSON.stringify(records, [...KEYS]).slice(1, -1);
}
