/** A training record under the names that trackers show. */
import type { MetricRecord } from '../rpc/messages.js';

const NAMES = {
  loss: 'loss',
  validationLoss: 'validation_loss',
  learningRate: 'learning_rate',
  gradientNorm: 'gradient_norm',
  tokens: 'tokens',
  tokensPerSecond: 'tokens_per_second',
} as const satisfies Partial<Record<keyof MetricRecord, string>>;

/** Only what the record has a number for. */
export function namedMetrics(record: MetricRecord): Record<string, number> {
  const named: Record<string, number> = {};
  for (const [field, name] of Object.entries(NAMES)) {
    const value = record[field as keyof typeof NAMES];
    if (value !== null) named[name] = value;
  }
  return named;
}
