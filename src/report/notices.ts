/** What a reader must know before believing the numbers. */
import { filesOfDataset } from '../runs/dataset-hashes.js';
import { HARD_FILE } from '../tasks/vocabulary.js';
import { count, listWords } from './format.js';
import { describeReach } from './reach-words.js';
import type { RunInput } from './input.js';
import type { Series } from './series.js';
import { metricsOf } from './summarize.js';
import type { CellLine, MissingLine, Notice } from './types.js';

/** Runs without one readable prediction come first, then facts that the runs state themselves, then what stands out when cells are compared. */
export function gatherNotices(
  runs: readonly RunInput[],
  series: readonly Series[],
  cells: readonly CellLine[],
  missing: readonly MissingLine[],
): Notice[] {
  return [
    ...unreadablePredictions(runs),
    ...statedFacts(runs),
    ...missingCells(cells, missing),
    ...runsWithoutResults(runs),
    ...splitModels(series),
    ...differingData(runs),
    ...tokenizerLosses(series),
    ...mixedRules(series),
    ...differingMachines(cells),
  ];
}

/** The figures of such a run say nothing of what the model understands. */
function unreadablePredictions(runs: readonly RunInput[]): Notice[] {
  return runs.flatMap(({ file, results }): Notice[] => {
    const metrics = (results?.cells ?? []).flatMap((cell) => metricsOf(cell, 'all') ?? []);
    const malformed = metrics.reduce((sum, one) => sum + one.malformed, 0);
    if (malformed === 0 || metrics.some(({ predicted }) => predicted > 0)) return [];
    return [
      {
        kind: 'caution',
        text:
          `No prediction of the run ${file.name} could be read: ${count(malformed, 'piece')} of text, none a tuple. ` +
          'Its scores say only that.',
        runs: [file.name],
      },
    ];
  });
}

function statedFacts(runs: readonly RunInput[]): Notice[] {
  const stating = new Map<string, string[]>();
  for (const { file } of runs) {
    for (const note of file.notes) stating.set(note, [...(stating.get(note) ?? []), file.name]);
  }
  return [...stating].map(([text, names]) => ({ kind: 'data', text, runs: names }));
}

function missingCells(cells: readonly CellLine[], missing: readonly MissingLine[]): Notice[] {
  if (missing.length === 0) return [];
  const planned = cells.length + missing.length;
  return [
    {
      kind: 'caution',
      text:
        `${missing.length} of ${count(planned, 'planned cell')} ${missing.length === 1 ? 'is' : 'are'} missing. ` +
        'No mean is shown where a seed is missing; the reasons are listed below.',
      runs: unique(missing.map((cell) => cell.run)),
    },
  ];
}

function runsWithoutResults(runs: readonly RunInput[]): Notice[] {
  const waiting = runs.filter((run) => run.file.kind === 'eval' && run.results === null);
  return waiting.map((run) => ({
    kind: 'caution',
    text: `The run ${run.file.name} has no results yet.`,
    runs: [run.file.name],
  }));
}

function splitModels(series: readonly Series[]): Notice[] {
  const split = unique(series.filter((one) => one.label !== one.model).map((one) => one.model));
  return split.map((model) => ({
    kind: 'caution',
    text:
      `The model ${model} was measured with different settings or data in different runs: ` +
      'each run stands in a row of its own.',
    runs: unique(
      series
        .filter((one) => one.model === model)
        .flatMap((one) => [...one.cells, ...one.missing].map(({ run }) => run.file.name)),
    ),
  }));
}

/** Runs that mean other sentences or labels by the name of a dataset: rows of one table are not of one test. */
function differingData(runs: readonly RunInput[]): Notice[] {
  const labels = unique(
    runs.flatMap(({ results }) => (results?.cells ?? []).map(({ task, dataset }) => `${task}/${dataset}`)),
  );
  return labels.flatMap((label): Notice[] => {
    const known = runs
      .map(({ file }) => ({ name: file.name, files: filesOfDataset(file.hashes, label) }))
      .filter(({ files }) => files.size > 0);
    const names = unique(known.flatMap(({ files }) => [...files.keys()]));
    const differing = names.filter((name) => {
      // Not every kind of run reads training data; without hard sentences it is another test.
      const having = name === HARD_FILE ? known : known.filter(({ files }) => files.has(name));
      return unique(having.map(({ files }) => files.get(name))).length > 1;
    });
    if (differing.length === 0) return [];
    const told = unique(known.map(({ name }) => name));
    const text =
      `${listWords(differing)} of ${label} ${differing.length === 1 ? 'is' : 'are'} not the same in ` +
      `${told.length > 1 ? listWords(told) : 'all runs'}: do not compare their rows.`;
    return [{ kind: 'caution', text, runs: told }];
  });
}

/** What a model could not write or see, once per model and dataset. */
function tokenizerLosses(series: readonly Series[]): Notice[] {
  const told = new Map<string, Notice>();
  for (const { label, cells } of series) {
    for (const { cell, run } of cells) {
      const where = `${label} on ${cell.task}/${cell.dataset}`;
      const text = cell.reach === undefined ? null : describeReach(cell.reach);
      if (text === null || told.has(where)) continue;
      told.set(where, { kind: 'caution', text: `${where}: ${text}`, runs: [run.file.name] });
    }
  }
  return [...told.values()];
}

function mixedRules(series: readonly Series[]): Notice[] {
  const rules = unique(
    series.flatMap((one) => one.cells.flatMap(({ cell }) => metricsOf(cell, 'all')?.duplicates ?? [])),
  );
  if (rules.length < 2) return [];
  return [
    {
      kind: 'caution',
      text: 'Repeated pairs were counted by different rules in different rows (each time, or once per sentence): do not compare those rows.',
      runs: [],
    },
  ];
}

/** The numbers of a cell depend a little on the device, and on the CPU on the thread count. */
function differingMachines(all: readonly CellLine[]): Notice[] {
  const notices: Notice[] = [];
  // What a language model answers has nothing to do with this machine.
  const cells = all.filter(({ kind }) => kind === 'fine-tuned');
  const devices = tally(cells, (cell) => cell.device);
  if (devices.size > 1) {
    notices.push({
      kind: 'caution',
      text: `The cells ran on different devices: ${describeTally(devices)}. Their numbers can differ a little for that reason alone.`,
      runs: [],
    });
  }
  const threads = tally(cells, (cell) => count(cell.threads, 'thread'));
  if (threads.size > 1) {
    notices.push({
      kind: 'caution',
      text: `The cells ran with different thread counts: ${describeTally(threads)}. Their numbers can differ a little for that reason alone.`,
      runs: [],
    });
  }
  return notices;
}

function tally(cells: readonly CellLine[], name: (cell: CellLine) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(name(cell), (counts.get(name(cell)) ?? 0) + 1);
  return counts;
}

function describeTally(counts: ReadonlyMap<string, number>): string {
  return listWords([...counts].map(([name, n]) => `${name} (${count(n, 'cell')})`));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
