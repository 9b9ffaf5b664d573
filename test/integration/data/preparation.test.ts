import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { gzipSync } from 'node:zlib';
import { type PrepareCorpusOptions, prepareCorpus } from '../../../src/data/corpus/prepare.js';
import type { FsaEventBody } from '../../../src/events.js';
import { resolveConfig } from '../../../src/pipelines/run/options.js';
import { prepareRunCorpus } from '../../../src/pipelines/distill/corpus.js';
import { freeBytesAt } from '../../../src/storage/disk-room.js';
import { errorOf, jsonLines, makeFolder, review } from './folder.js';

const MIB = 2 ** 20;

describe('room on the disk', () => {
  const rows = Array.from({ length: 3000 }, (_, id) => review(id));
  async function prepareWith(freeBytes: number, folder: string, names: string[]) {
    const options: PrepareCorpusOptions = {
      validation: [],
      validationShare: 0.1,
      seed: 1,
      cacheFolder: join(folder, 'cache'),
      freeBytes: () => Promise.resolve(freeBytes),
    };
    return await prepareCorpus(
      names.map((name) => join(folder, name)),
      options,
    );
  }

  it('is asked for before anything is written', async () => {
    const folder = await makeFolder({ 'a.json': jsonLines(rows), 'b.json.gz': gzipSync(jsonLines(rows)) });
    for (const name of ['a.json', 'b.json.gz']) {
      const error = await errorOf(prepareWith(16 * MIB + 1000, folder, [name]));
      expect([error.code, error.where]).toEqual(['STORAGE', join(folder, 'cache')]);
      expect(error.message).toMatch(
        /^The prepared corpus needs about 1 MiB, with 16 MiB to spare, and 16 MiB are free/,
      );
    }
    // Digests of the sources may be kept already; nothing of the corpus is.
    const kept = await readdir(join(folder, 'cache'));
    expect(kept.filter((name) => !/^source-[0-9a-f]{32}\.json$/.test(name))).toEqual([]);
  });

  it('is not needed for what was laid out earlier', async () => {
    const folder = await makeFolder({ 'a.json': jsonLines(rows), 'b.json': jsonLines(rows.slice(1)) });
    await prepareWith(1000 * MIB, folder, ['a.json']);
    const again = await prepareWith(16 * MIB, folder, ['a.json']);
    expect(again.reused).toBe(true);
    expect((await errorOf(prepareWith(16 * MIB, folder, ['a.json', 'b.json']))).code).toBe('STORAGE');
  });

  it('is what the system says, also of folders that are not there yet', async () => {
    const folder = await makeFolder();
    const [here, below] = [await freeBytesAt(folder), await freeBytesAt(join(folder, 'not/there/yet'))];
    expect(here).toBeGreaterThan(0);
    expect(Math.abs(here - below)).toBeLessThan(1024 * MIB);
  });
});

describe('prepareRunCorpus', () => {
  const bad = [review(1), review(2, { mixtral_response: '' }), review(3), { ID: 4 }, review(5)];

  async function prepare(folder: string, sets: string[] = []) {
    vi.stubEnv('FSA_CACHE', join(folder, 'cache'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const config = await resolveConfig({ cwd: folder, sets: ['distill.validation=null', ...sets] });
    const events: FsaEventBody[] = [];
    const work = {
      emit: (event: FsaEventBody) => events.push(event),
      signal: new AbortController().signal,
      verify: false,
    };
    const sources = { config, cwd: folder, files: [join(folder, 'c.json')], validation: [] };
    const corpus = await prepareRunCorpus(sources, work);
    return { corpus, warnings: events.filter((event) => event.type === 'warning') };
  }

  it('leaves bad rows out, warns of the first and notes their number, the second time as well', async () => {
    const folder = await makeFolder({ 'c.json': jsonLines(bad) });
    for (const _ of [1, 2]) {
      const { corpus, warnings } = await prepare(folder);
      const rows = [...corpus.train, ...corpus.validation].reduce((sum, part) => sum + part.rows, 0);
      expect(rows).toBe(3);
      expect(corpus.notes).toEqual(['2 of 5 corpus rows were left out as bad.']);
      expect(warnings).toEqual([
        {
          type: 'warning',
          message: expect.stringContaining('(the first: mixtral_response is empty)') as string,
          where: `${join(folder, 'c.json')}:2`,
        },
      ]);
    }
  });

  it('refuses them where that is set, also after they were left out once', async () => {
    const folder = await makeFolder({ 'c.json': jsonLines(bad) });
    await prepare(folder);
    const error = await errorOf(prepare(folder, ['distill.badRows=refuse']));
    expect(error.problems[0]).toBe(`${join(folder, 'c.json')}:2 mixtral_response: mixtral_response is empty`);
  });

  it('says what is wrong where no row can be used, and says nothing where all can', async () => {
    const folder = await makeFolder({ 'c.json': jsonLines([{ ID: 1 }, { ID: 2 }]) });
    const error = await errorOf(prepare(folder));
    expect([error.code, error.where]).toEqual(['DATA', `${join(folder, 'c.json')}:1`]);
    expect(error.message).toBe('No corpus row can be trained on; of the first: Text is missing.');
    await writeFile(join(folder, 'c.json'), jsonLines([review(1), review(2)]));
    const { corpus, warnings } = await prepare(folder);
    expect([corpus.notes, warnings]).toEqual([[], []]);
  });
});
