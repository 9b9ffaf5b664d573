/** Every kind of file that comes from outside, a good one of each, and what reads it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { readBenchmarkFile } from '../../src/data/benchmark/benchmark.js';
import { readPredictions } from '../../src/data/benchmark/predictions.js';
import { checkFile } from '../../src/data/check/check.js';
import { readCorpus } from '../../src/data/corpus/corpus.js';
import { judgeModel } from '../../src/pipelines/sources/judge-model.js';
import { resolveModel } from '../../src/pipelines/sources/model.js';
import { buildReport } from '../../src/report/build.js';
import { LiveState } from '../../src/report/live/state.js';
import { toMarkdown } from '../../src/report/markdown.js';
import { toTerminal } from '../../src/report/terminal.js';
import { describeDifferences } from '../../src/runs/identity.js';
import { Journal } from '../../src/runs/journal.js';
import { findDamage, listJobStates } from '../../src/runs/job-states.js';
import { readResults, readRunFile } from '../../src/runs/run-folder.js';
import { asEvent, readLines } from '../../src/runs/tail.js';
import { taskNamed } from '../../src/tasks/registry.js';
import { SAMPLE_STUDENT } from '../helpers/small-data.js';
import { makeEval } from '../unit/report/example.js';

export interface Subject {
  readonly file: string;
  readonly good: string;
  /** The text that a user would see, or anything else. */
  readonly read: (path: string, folder: string) => Promise<unknown>;
  /** The file carries a digest of itself, made anew after each mutation: what it guards is reached. */
  readonly sealed?: boolean;
}

const example = {
  ID: 1267081518403440641n.toString(),
  sentence: 'Great food, slow service',
  aspects: [
    { target: 'food', polarity: 'positive', from: 6, to: 10, category: 'FOOD#QUALITY' },
    { target: 'service', polarity: 'negative', from: 17, to: 24, category: 'SERVICE#GENERAL' },
  ],
};
const corpusRow = { ID: 7, Text: 'Great food', Overall: 5, mixtral_response: 'The food is great.' };
const settings =
  'eval:\n  seeds: [42, 52]\n  models: { base: models/sample }\ndistill:\n  steps: 500\n  learningRate: 3e-3\nmodel: google-t5/t5-base\n';

const run = makeEval({ models: ['a', 'b'], seeds: [42, 52], sentences: 3, epochs: 1 });
const [cell] = run.results?.cells ?? [];
const state = {
  schema: 1,
  jobId: 'j',
  label: 'a · atsa/x',
  status: 'done',
  attempts: 1,
  error: null,
  devF1: [0.5],
  cell,
  distilled: null,
  outputs: { 'jobs/j/predictions.jsonl': { bytes: 1, sha256: 'a'.repeat(64), mtimeMs: 1, inode: 1 } },
  updatedAt: '2026-01-01T00:00:00.000Z',
};
const time = '2026-01-01T00:00:00.000Z';
const facts = { jobId: 'j', label: 'a', task: 'atsa', dataset: 'x', model: 'a', seed: 42 };
const journal = [
  {
    type: 'run-started',
    run: 'r',
    folder: '/r',
    kind: 'eval',
    jobs: 1,
    alreadyDone: 0,
    slots: ['cpu-1'],
    time,
  },
  { type: 'job-started', ...facts, workerId: 'w', attempt: 1, time },
  { type: 'warning', message: 'm', where: null, time },
  { type: 'job-failed', ...facts, attempt: 1, willRetry: true, error: { code: 'BUG', message: 'm' }, time },
  { type: 'job-finished', ...facts, seconds: 1, summary: 'done', time },
];

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  'config.yaml': {
    file: 'fsa.yaml',
    good: settings,
    read: async (_, cwd) => await loadConfig({ preset: 'paper', file: 'fsa.yaml', cwd }),
  },
  'a benchmark file': {
    file: 'train.json',
    good: JSON.stringify([example, { ...example, ID: '2' }], null, 1),
    read: async (path) => await readBenchmarkFile(path, 'atsa'),
  },
  'a benchmark file, checked': {
    file: 'test.json',
    good: JSON.stringify([example]),
    read: async (path) => await checkFile(path, { task: 'acsa', onFinding: () => undefined }),
  },
  'a corpus file': {
    file: 'corpus.json',
    good: `\ufeff${JSON.stringify(corpusRow)}\r\n${JSON.stringify({ ...corpusRow, ID: 8 })}\r\n`,
    read: async (path) => {
      for await (const row of readCorpus(path)) expect(typeof row.id).toBe('string');
    },
  },
  predictions: {
    file: 'predictions.jsonl',
    good: '{"text":"food | positive"}\n{"prediction":"service | negative"}\n{"id":1,"tuples":[{"term":"x","polarity":"neutral"}]}\n',
    read: async (path) => await readPredictions(path, { task: taskNamed('atsa') }),
  },
  "a model's config.json": {
    file: 'config.json',
    good: readFileSync(join(SAMPLE_STUDENT, 'config.json'), 'utf8'),
    read: async (_, folder) => {
      const model = await resolveModel(folder, folder);
      await judgeModel(model, { resizes: false });
    },
  },
  'run.json': {
    file: 'run.json',
    good: JSON.stringify(run.file),
    read: async (_, folder) => {
      const file = await readRunFile(folder);
      if (file !== null) describeDifferences(run.file, file);
    },
  },
  'results.json': {
    file: 'results.json',
    good: JSON.stringify(run.results),
    sealed: true,
    read: async (_, folder) => {
      const results = await readResults(folder);
      const report = buildReport({ runs: [{ ...run, results }] });
      return toTerminal(report, { columns: 100, color: false }) + toMarkdown(report);
    },
  },
  'state.json': {
    file: 'jobs/j/state.json',
    good: JSON.stringify(state),
    sealed: true,
    read: async (_, folder) => {
      for (const one of await listJobStates(folder)) await findDamage(folder, one);
    },
  },
  'journal.ndjson': {
    file: 'journal.ndjson',
    good: journal.map((event) => `${JSON.stringify(event)}\n`).join(''),
    read: async (path) => {
      const live = new LiveState();
      for (const line of (await readLines(path, 0)).lines) {
        const event = asEvent(line);
        if (event !== null) live.apply(event);
      }
      await (await Journal.open(path)).close();
    },
  },
};
