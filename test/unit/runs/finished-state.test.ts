/** What a run reads of its finished cells when it is taken up again: only what is whole and of this form. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { findFinished } from '../../../src/pipelines/eval/finished.js';
import { readFinishedState } from '../../../src/runs/finished-state.js';
import { readJobState } from '../../../src/runs/job-states.js';
import { RunFolder } from '../../../src/runs/run-folder.js';
import type { CellResult, RunFile } from '../../../src/runs/types.js';
import { toSealedText } from '../../../src/storage/sealed-json.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const key = { model: 'base\n"two"; lines', task: 'atsa', dataset: 'Büro', seed: 42, trainShare: 1 } as const;
const cell: CellResult = {
  jobId: 'one',
  ...key,
  bestEpoch: 1,
  devF1: [0.5],
  subsets: {},
  device: 'cpu',
  threads: 1,
  seconds: 3,
};
const run: RunFile = {
  schema: 1,
  kind: 'eval',
  name: 'run',
  createdAt: '',
  fsaVersion: '0',
  config: {},
  identity: {},
  hashes: {},
  versions: {},
  device: 'cpu',
  notes: [],
};
let folder = '';
let opened: RunFolder;
let statePath = '';

beforeEach(async () => {
  folder = await temporaryFolder();
  statePath = join(folder, 'jobs/one/state.json');
  opened = await RunFolder.open(folder, run, { replace: false });
  const state = { jobId: 'one', label: 'base', attempts: 1, error: null, devF1: [0.5], distilled: null };
  await opened.writeState({ ...state, status: 'running', cell: null, outputs: {} });
  const outputs = await opened.writeOutput('jobs/one/predictions.jsonl', '{}\n');
  await opened.writeState({ ...state, status: 'done', cell, outputs });
  await opened.close();
});

it('is what the whole state says, without a look at its figures', async () => {
  const [found, state] = [await readFinishedState(folder, 'one'), await readJobState(folder, 'one')];
  expect(JSON.parse(Buffer.from(found?.cell ?? []).toString())).toEqual(cell);
  expect(found).toMatchObject({ label: state?.label, outputs: state?.outputs });
});

it.each([
  ['a digit is another', (text: string) => text.replace('"seconds":3', '"seconds":4')],
  ['its end is cut off', (text: string) => text.slice(0, -40)],
  ['it is empty', () => ''],
  ['another form of state was written', (text: string) => sealedWith(text, { form: 'older' })],
  ['no form was written', (text: string) => sealedWith(text, { form: undefined })],
  ['it is of another job', (text: string) => sealedWith(text, { jobId: 'two' })],
  ['the cell is not done', (text: string) => sealedWith(text, { status: 'running' })],
  ['there is no result', (text: string) => sealedWith(text, { cell: null })],
])('is nothing where %s', async (_, spoil) => {
  await writeFile(statePath, spoil(await readFile(statePath, 'utf8')));
  expect(await readFinishedState(folder, 'one')).toBeNull();
});

it.each(['planned', 'of an earlier plan', 'of an older form'])('finds a cell that is %s', async (which) => {
  if (which === 'of an older form')
    await writeFile(statePath, sealedWith(await readFile(statePath, 'utf8'), { form: undefined }));
  const cells = which === 'of an earlier plan' ? [] : [{ id: 'one', key }];
  const options = { verify: false, only: false, emit: () => undefined };
  const { done, carried } = await findFinished(opened, cells, options);
  const [here, there] = which === 'of an earlier plan' ? [carried.cells, done] : [done, carried.cells];
  expect([here.get('one'), there.size]).toEqual([cell, 0]);
});

it.each([
  ['the settings', { identity: { epochs: 5 } }],
  ['the weights of the model', { hashes: { [`model ${key.model}`]: 'b' } }],
  ['a file of the dataset', { hashes: { [`dataset atsa/${key.dataset} test.json`]: 'c' } }],
])('leaves out, and says so, a cell of an earlier plan where %s are others', async (_, change) => {
  await rm(join(folder, 'run.json'));
  const other = await RunFolder.open(folder, { ...run, ...change }, { replace: false });
  const said: unknown[] = [];
  const options = { verify: false, only: false, emit: (event: unknown) => said.push(event) };
  const { carried } = await findFinished(other, [], options);
  await other.close();
  expect(carried.cells.size).toBe(0);
  expect(said).toMatchObject([{ type: 'warning', message: expect.stringContaining('base') as string }]);
});

it('keeps a cell of an earlier plan where the run has gained another model', async () => {
  const grown = { ...run, hashes: { 'model other': 'd' } };
  const other = await RunFolder.open(folder, grown, { replace: false });
  const { carried } = await findFinished(other, [], { verify: false, only: false, emit: () => undefined });
  await other.close();
  expect(carried.cells.size).toBe(1);
});

it('says that an output is not what was written', async () => {
  await writeFile(join(folder, 'jobs/one/predictions.jsonl'), 'other\n');
  const said: unknown[] = [];
  const options = { verify: false, only: false, emit: (event: unknown) => said.push(event) };
  expect((await findFinished(opened, [{ id: 'one', key }], options)).done.size).toBe(0);
  expect(said).toMatchObject([{ type: 'warning', where: 'base' }]);
});

function sealedWith(text: string, changes: object): string {
  const { sha256: _seal, ...state } = JSON.parse(text) as Record<string, unknown>;
  return toSealedText({ ...state, ...changes });
}
