/** A frontier as rows of text, for every writer alike. */
import { formatInterval, formatPoints } from './format.js';
import { FEW_SENTENCES, type Frontier, type FrontierPoint } from './frontier-types.js';

export const FRONTIER_HEAD = [
  'model',
  'what',
  'F1',
  'sentences',
  'seconds / 1,000',
  'USD / 1,000',
  'tokens / 1,000',
  'p50 / p95 ms',
  'malformed',
  'dominated by',
] as const;

/** The cells of a point, the model's name first; names are not escaped. */
export function frontierRow(point: FrontierPoint): string[] {
  const { model, kind, f1, interval, secondsPerThousand, usdPerThousand, tokensPerThousand } = point;
  const about = point.sentences < FEW_SENTENCES ? '≈ ' : '';
  const dominators = [...new Set([...point.cheaper, ...point.faster])];
  return [
    model,
    kind,
    `${formatPoints(f1)}${interval === null ? '' : ` ${formatInterval(interval)}`}`,
    point.sentences.toLocaleString('en'),
    secondsPerThousand === null ? '–' : `${about}${significant(secondsPerThousand)}`,
    usdPerThousand === null ? '–' : `${about}$${significant(usdPerThousand)}`,
    tokensPerThousand === null ? '–' : `${about}${Math.round(tokensPerThousand).toLocaleString('en')}`,
    point.p50Ms === null
      ? '–'
      : `${Math.round(point.p50Ms)} / ${point.p95Ms === null ? '–' : Math.round(point.p95Ms)}`,
    point.malformedShare === null ? '–' : `${(100 * point.malformedShare).toFixed(1)} %`,
    dominators.length === 0 ? '–' : dominators.join(', '),
  ];
}

/** What the table's columns stand on. */
export function frontierNote({ hardwarePricePerHour }: Frontier): string {
  const money =
    hardwarePricePerHour === null
      ? 'No price of the hardware is known, so only models that are paid by the token have a cost (--hardware-price USD names one for an hour).'
      : `Models that nobody is paid for by the token cost $${hardwarePricePerHour.toFixed(2)} for each hour of the machine.`;
  return `F1 on all test sentences; time and money for a thousand, scaled from as many as were measured, at the throughput of the run on its machine. ${money}`;
}

/** Three digits that say something, without an exponent. */
function significant(value: number): string {
  return value === 0
    ? '0'
    : value >= 100
      ? Math.round(value).toLocaleString('en')
      : Number(value.toPrecision(3)).toString();
}
