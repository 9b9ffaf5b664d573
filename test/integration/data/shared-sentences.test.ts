/** Sentences of one part in another: what a model has seen is no test of it. */
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkData, evaluate } from '../../../src/index.js';
import { describeSharedSentences } from '../../../src/data/benchmark/shared-sentences.js';
import type { FsaEvent } from '../../../src/events.js';
import type { RunFile } from '../../../src/runs/types.js';
import { SAMPLE_STUDENT, smallDataset } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const row = (sentence: string) => ({ sentence });

describe('describeSharedSentences', () => {
  it('counts what is judged and was learned from or chosen by, whatever its case and spaces', () => {
    const parts = {
      label: 'atsa/mine',
      train: [row('The soup was cold.'), row('Only here.')],
      dev: [row('Fine  wine'), row('the soup was cold.')],
      test: [row('THE SOUP\nwas cold.'), row('the soup was cold.'), row('fine wine '), row('Another one.')],
    };
    expect(describeSharedSentences(parts)).toEqual([
      expect.stringMatching(/^2 of 4 test sentences of atsa\/mine stand in train\.json, too/),
      expect.stringMatching(/^3 of 4 test sentences of atsa\/mine stand in dev\.json, too/),
      expect.stringMatching(/^1 of 2 dev sentences of atsa\/mine stands in train\.json, too/),
    ]);
    expect(describeSharedSentences({ ...parts, train: [], dev: [row('Else.')] })).toEqual([]);
  });
});

it('are told by an eval at its start and in its run, and by the check of the folder', async () => {
  const cwd = await temporaryFolder();
  const folder = await smallDataset(cwd, 'atsa', 8);
  expect((await checkData({ paths: [folder] })).warnings).toBe(0);
  await cp(join(folder, 'test.json'), join(folder, 'dev.json'));

  const { findings } = await checkData({ paths: [folder] });
  expect(findings.map(({ kind, file }) => [kind, file])).toEqual(
    Array(8).fill(['in-another-part', join(folder, 'test.json')]),
  );
  expect(findings[0]?.message).toMatch(/^the sentence stands in dev\.json, too \(ID /);

  const settings = { models: { s: SAMPLE_STUDENT }, datasets: [folder], seeds: [1], epochs: 1 };
  const run = evaluate({ preset: 'sample', cwd, config: { eval: settings } });
  const events: FsaEvent[] = [];
  for await (const event of run) events.push(event);
  await run;
  const told = '8 of 16 test sentences of atsa/small stand in dev.json, too';
  expect(events.flatMap((event) => (event.type === 'warning' ? event.message : [])).join('\n')).toContain(
    told,
  );
  const file = JSON.parse(await readFile(join(cwd, 'runs/eval/run.json'), 'utf8')) as RunFile;
  expect(file.notes.join('\n')).toContain(told);

  // What nothing is learned from or chosen by is no matter.
  const untrained = { ...settings, epochs: 0 };
  const plain = await evaluate({ preset: 'sample', cwd, output: 'plain', config: { eval: untrained } });
  const { notes } = JSON.parse(await readFile(join(plain.folder, 'run.json'), 'utf8')) as RunFile;
  expect(notes.join('\n')).not.toContain('stand in dev.json');
});
