import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../../bench/lib/goals.js';
import { readOptions, UsageError } from '../../../bench/lib/options.js';

describe("the benchmark's command line", () => {
  it('measures everything without words', () => {
    expect(readOptions([])).toMatchObject({
      only: SCENARIOS,
      quick: false,
      curves: false,
      device: 'auto',
      threads: availableParallelism(),
      precision: null,
      shapes: null,
      pairs: 3,
      json: null,
      markdown: null,
    });
  });

  it('takes lists, numbers and files', () => {
    const words = ['--quick', '--only', 'distill, decode', '--shapes', 'tiny', '--threads', '1'];
    expect(
      readOptions([...words, '--json', '/tmp/x.json', '--device', 'cuda', '--precision', 'fp32']),
    ).toMatchObject({
      only: ['distill', 'decode'],
      quick: true,
      pairs: 1,
      shapes: ['tiny'],
      threads: 1,
      device: 'cuda',
      precision: 'fp32',
      json: '/tmp/x.json',
    });
  });

  it('draws the curves alone, or beside what is named', () => {
    expect(readOptions(['--curves'])).toMatchObject({ curves: true, only: [] });
    expect(readOptions(['--curves', '--only', 'cell'])).toMatchObject({ curves: true, only: ['cell'] });
    expect(readOptions(['--profile'])).toMatchObject({ profile: true, curves: false, only: [] });
    expect(readOptions(['--products'])).toMatchObject({ products: true, profile: false, only: [] });
  });

  it.each([
    [['--only', 'distil'], /--only knows distill, .*not "distil"/],
    [['--shapes', 't5-xxl'], /--shapes knows/],
    [['--pairs', '0'], /--pairs is a whole number/],
    [['--threads', 'two'], /--threads is a whole number/],
    [['--device', 'tpu'], /--device is auto, cpu or cuda/],
    [['--precision', 'fp16'], /--precision is bf16 or fp32/],
    [['--fast'], /--fast/],
    [['stray'], /stray/],
  ])('refuses %j', (words, sentence) => {
    expect(() => readOptions(words)).toThrow(UsageError);
    expect(() => readOptions(words)).toThrow(sentence);
  });
});
