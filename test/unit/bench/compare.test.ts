import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../bench/lib/bench.js';
import { compareRatios, readRecords, recordRatios } from '../../../bench/lib/compare.js';
import { kindOfProcessor } from '../../../bench/lib/processor-kind.js';
import type { Line } from '../../../bench/lib/result.js';
import { spreadOf } from '../../../bench/lib/statistics.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const line = (scenario: Line['scenario'], ...ratios: number[]): Line => ({
  scenario,
  label: 't5-small',
  ratio: spreadOf(ratios),
  cpuRatio: null,
  usefulTokensPerSecond: null,
  usefulMfu: null,
  run: '',
  more: {},
});

describe('ratios that are to be held', () => {
  it('fall below the worst before by more than noise, are kept by kind, and replaced case by case', async () => {
    const path = join(await temporaryFolder(), 'ratios.json');
    const first = { lines: [line('distill', 5.5, 6, 6.2), line('memory', 0.3)], command: 'one' };
    await recordRatios(path, 'with tiles', first);
    await recordRatios(path, 'without', { lines: [line('decode', 8)], command: 'two' });
    const records = await readRecords(path);
    expect(Object.keys(records)).toEqual(['with tiles', 'without']);

    const held = compareRatios(records, 'with tiles', [line('distill', 5), line('memory', 0.32)]);
    expect(held).toEqual({
      fell: false,
      sentences: [
        'distill t5-small: held, 5.00× where 6.00× was reached.',
        'memory t5-small: held, 0.32× where 0.30× was reached.',
      ],
    });
    const fallen = compareRatios(records, 'with tiles', [line('distill', 4.9), line('memory', 0.34)]);
    expect(fallen.fell).toBe(true);
    expect(fallen.sentences.every((sentence) => sentence.includes('WORSE'))).toBe(true);
    expect(compareRatios(records, 'with tiles', [line('distill', 7), line('cell', 3)])).toEqual({
      fell: false,
      sentences: [
        'distill t5-small: better, 7.00× where 6.00× was reached.',
        'cell t5-small: 3.00×, recorded nowhere yet.',
      ],
    });
    expect(compareRatios(records, 'a third kind', [line('distill', 1)])).toEqual({
      fell: false,
      sentences: ['No ratios were recorded on a third kind, only on: with tiles; without.'],
    });

    await recordRatios(path, 'with tiles', { lines: [line('distill', 7)], command: 'three' });
    const ratios = (await readRecords(path))['with tiles']?.ratios;
    expect(ratios).toEqual({
      'distill t5-small': { ratio: 7, min: 7, max: 7 },
      'memory t5-small': { ratio: 0.3, min: 0.3, max: 0.3 },
    });
  });

  it('are refused where the file is missing or something else, and never written over it', async () => {
    const path = join(await temporaryFolder(), 'ratios.json');
    await expect(readRecords(path)).rejects.toThrow('no ratios to compare with');
    await writeFile(path, '{"kind":{"ratios":[]}}');
    await expect(readRecords(path)).rejects.toThrow('not ratios as --record writes them');
    const run = { lines: [line('decode', 8)], command: '' };
    await expect(recordRatios(path, 'kind', run)).rejects.toThrow('not ratios');
  });

  it('are told apart by make and matrix units', async () => {
    const path = join(await temporaryFolder(), 'cpuinfo');
    const flags = 'flags\t\t: fpu avx2 avx512f avx512_bf16';
    await writeFile(path, `vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\n${flags}\n`);
    const machine = { device: 'cpu', deviceName: 'AMD EPYC', threads: 2 } as Machine;
    expect(await kindOfProcessor(machine, path)).toBe('AuthenticAMD 25/17, avx512_bf16, 2 threads');
    expect(await kindOfProcessor({ ...machine, device: 'cuda', deviceName: 'H200' }, path)).toBe('H200');
    expect(await kindOfProcessor(machine, `${path}-none`)).toMatch(/^AMD EPYC \?\/\?, /);
  });
});
