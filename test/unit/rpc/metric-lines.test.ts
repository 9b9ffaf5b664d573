import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWorkerMessage } from '../../../src/rpc/codec.js';
import type { MetricRecord } from '../../../src/rpc/messages.js';
import { toMetricLines } from '../../../src/rpc/metric-lines.js';

const figure = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });
const arbitraryRecord: fc.Arbitrary<MetricRecord> = fc.record({
  step: fc.nat(),
  epoch: fc.option(fc.integer({ min: 1, max: 99 }), { nil: null }),
  loss: figure,
  validationLoss: figure,
  learningRate: figure,
  gradientNorm: figure,
  tokens: fc.nat(),
  tokensPerSecond: figure,
});
const arbitraryRecords = fc.array(arbitraryRecord, { minLength: 1, maxLength: 5 });
const FIGURES = new Set(['loss', 'validationLoss', 'learningRate', 'gradientNorm', 'tokensPerSecond']);

/** What comes of a worker's message. @param text of its records */
function recordsOf(text: string): MetricRecord[] {
  const claim = '"type":"metrics","jobId":"\\"records\\":[","term":1,"attempt":1';
  const decoded = decodeWorkerMessage(Buffer.from(`{${claim},"records":${text}}`));
  if (!decoded.ok || decoded.message.type !== 'metrics') throw new Error(JSON.stringify(decoded));
  return decoded.message.records;
}

/** A record as Python's json has it: floats have a point or an exponent of two digits. */
function inPython(record: MetricRecord): string {
  const fields = Object.entries(record).map(([key, value]) => {
    const isFloat = value !== null && FIGURES.has(key);
    return `"${key}":${isFloat ? pythonFloat(value) : String(value)}`;
  });
  return `{${fields.join(',')}}`;
}

function pythonFloat(value: number): string {
  const [digits = '', power] = (Object.is(value, -0) ? '-0' : String(value)).split('e');
  if (power !== undefined) return `${digits}e${power.replace(/^([-+])(\d)$/, '$10$2')}`;
  return digits.includes('.') ? digits : `${digits}.0`;
}

function readLines(lines: string): unknown {
  expect(lines.endsWith('\n')).toBe(true);
  return lines
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** Every -0 as 0. */
function withoutSigns(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('toMetricLines', () => {
  it('takes over what a worker wrote, to the letter', () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        const written = records.map(inPython);
        const found = recordsOf(`[${written.join(',')}]`);
        expect(found).toEqual(records);
        expect(toMetricLines(found)).toBe(written.map((line) => `${line}\n`).join(''));
      }),
      { numRuns: 500 },
    );
  });

  it('writes records anew that came without a text', () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        expect(toMetricLines(records)).toBe(records.map((one) => `${JSON.stringify(one)}\n`).join(''));
      }),
    );
  });

  it.each([
    ['has spaces', (line: string) => line.replaceAll(':', ': ')],
    ['has breaks', (line: string) => line.replaceAll(',', ',\n')],
    ['has another order', (line: string) => line.replace(/"step":(\d+),(.*)\}$/, '{$2,"step":$1}').slice(1)],
    ['says something twice', (line: string) => line.replace('{', '{"step":"},{",')],
    ['says a number twice', (line: string) => line.replace('"step"', '"step":1,"step"')],
    ['has a key in escapes', (line: string) => line.replace('"step"', '"\\u0073tep"')],
    ['hides a list', (line: string) => line.replace('{', '{"step":{"records":[{}]},')],
  ])('writes records anew whose text %s', (_how, bend) => {
    fc.assert(
      fc.property(arbitraryRecords, fc.nat(), (records, pick) => {
        const written = records.map((one) => JSON.stringify(one));
        const at = pick % written.length;
        const bent = written.with(at, bend(written[at] as string));
        expect(bent).not.toEqual(written);
        const found = recordsOf(`[${bent.join(',')}]`);
        expect(toMetricLines(found)).toBe(toMetricLines([...found]));
      }),
    );
  });

  it('has a line for each record that was understood, whatever bytes were changed on the way', () => {
    const signs = Array.from('{}[],:"\\ \n0129.-+eEnulstp');
    const edit = fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...signs));
    fc.assert(
      fc.property(arbitraryRecords, fc.array(edit, { maxLength: 3 }), (records, edits) => {
        let text = `[${records.map(inPython).join(',')}]`;
        for (const [place, gone, sign] of edits) {
          const at = place % text.length;
          text = text.slice(0, at) + sign + text.slice(at + gone);
        }
        let found: MetricRecord[];
        try {
          found = recordsOf(text);
        } catch {
          return;
        }
        // Written anew, a zero has no sign.
        expect(withoutSigns(readLines(toMetricLines(found)))).toEqual(withoutSigns(found));
      }),
      { numRuns: 5000 },
    );
  });
});
