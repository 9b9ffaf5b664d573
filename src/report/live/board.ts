/** The live page's body: how far the run is, who works at what, every cell, curves, troubles. From plain data. */
import type { Progress, RunningJob } from '../../runs/progress-sink.js';
import type { ResultsFile } from '../../runs/types.js';
import { formatDuration, PHASE_WORDS } from '../event-words.js';
import { formatPoints } from '../format.js';
import { html, type Markup } from '../html/markup.js';
import { withoutSeed } from './charts.js';
import type { LiveJob, LiveState, LiveTrouble } from './state.js';

export interface BoardInput {
  readonly name: string;
  readonly state: LiveState;
  readonly progress: Progress | null;
  /** Whether a process is at work on the run. */
  readonly underWay: boolean;
  readonly results: ResultsFile | null;
  readonly curves: readonly Markup[];
  readonly nowMs: number;
}

/** Seeds in a row of the table of cells, at most; a row says how many are left out. */
const MOST_SEEDS = 40;

export function renderBoard(input: BoardInput): Markup {
  const { state, curves } = input;
  const sections = [
    atWork(input),
    state.kind === 'eval' ? cells(input) : null,
    troubles(state.troubles),
    curves.length === 0 ? null : html`<section><h2>Curves</h2><div class="figures">${curves}</div></section>`,
  ];
  return html`${heading(input)}${sections}`;
}

/** In one word, for people and for tests. */
export function statusOf({ state, underWay }: Pick<BoardInput, 'state' | 'underWay'>): string {
  if (state.finished !== null) return state.finished.failed > 0 ? 'finished, with failures' : 'finished';
  if (underWay) return 'running';
  return state.startedAt === null ? 'not begun' : 'stopped';
}

function heading(input: BoardInput): Markup {
  const { name, state, progress, nowMs } = input;
  const status = statusOf(input);
  const { done, failed, running, waiting } = state.counts;
  const isOver = state.finished !== null;
  const share = isOver
    ? 1
    : (progress?.overallShare ?? (state.jobsPlanned > 0 ? done / state.jobsPlanned : 0));
  const endMs = state.finished === null ? nowMs : Date.parse(state.finished.at);
  const seconds = state.startedAt === null ? null : (endMs - Date.parse(state.startedAt)) / 1000;
  const left = status === 'running' ? (progress?.secondsLeft ?? null) : null;
  const card = (title: string, big: string, text: string): Markup =>
    html`<div class="card"><h3>${title}</h3><p class="big">${big}</p><p>${text}</p></div>`;
  const what = state.kind === 'teach' ? 'questions' : state.kind === 'distill' ? 'distillation' : 'cells';
  const counted = progress?.teaching ?? { done, total: state.jobsPlanned, failed };
  return html`<header class="top"><p class="eyebrow">${state.kind ?? 'run'}</p><h1>${name}</h1>
<p class="meta"><span class="status ${status.replace(/\W.*/, '')}">${status}</span>${
    isOver && state.kind !== 'teach'
      ? html`<span><a href="/report">Report: tables, charts, mistakes</a></span>`
      : null
  }</p>
<progress max="1" value="${share.toFixed(4)}">${Math.round(share * 100)} %</progress>
<div class="cards">${card(what, `${counted.done} of ${counted.total}`, tally({ running, waiting, failed: counted.failed }))}${card(
    'done',
    `${(share * 100).toFixed(share < 1 ? 1 : 0)} %`,
    'of the expected work',
  )}${card('time', seconds === null ? '–' : formatDuration(Math.max(0, Math.round(seconds))), 'since it was last started')}${card(
    'left',
    left === null ? '–' : formatDuration(Math.round(left)),
    left === null ? (isOver ? 'nothing' : 'not known yet') : 'estimated',
  )}</div></header>`;
}

function tally(counts: {
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
}): string {
  const said = Object.entries(counts).filter(([, n]) => n > 0);
  return said.length === 0 ? 'none failed' : said.map(([name, n]) => `${n} ${name}`).join(', ');
}

function atWork({ state, progress, underWay }: BoardInput): Markup | null {
  if (!underWay || state.finished !== null) return null;
  const running = [...state.jobs.values()].filter(({ status }) => status === 'running');
  const rows = state.slots.map(({ name, workerId, state: worker }) => {
    const now = progress?.jobs.find((job) => job.workerId === workerId);
    const job = now ?? running.find((one) => one.workerId === workerId && workerId !== null);
    if (job === undefined)
      return html`<tr><th class="lead">${name}</th><td class="left" colspan="6">${WORKER_WORDS[worker]}</td></tr>`;
    return 'share' in job ? progressRow(name, job) : startingRow(name, job);
  });
  if (rows.length === 0) return null;
  return html`<section><h2>At work</h2><div class="scroll"><table><thead><tr><th class="lead">slot</th><th class="left">job</th><th class="left">doing</th><th>epoch</th><th>loss</th><th>tokens/s</th><th>left</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

const WORKER_WORDS = {
  idle: 'no worker yet',
  queued: 'worker waits for its place',
  starting: 'worker starts',
  ready: 'worker ready',
  ended: 'worker lost; another takes its place when there is work',
} as const;

function startingRow(slot: string, { facts }: LiveJob): Markup {
  return html`<tr><th class="lead">${slot}</th><td class="left">${facts.label}</td><td class="left" colspan="5">started</td></tr>`;
}

function progressRow(slot: string, job: RunningJob): Markup {
  const dash = (value: string | null): string => value ?? '–';
  const doing = `${PHASE_WORDS[job.phase] ?? job.phase} ${job.done.toLocaleString('en')} of ${job.total.toLocaleString('en')}`;
  const epoch = job.epoch === null ? null : `${job.epoch}${job.epochs === null ? '' : ` of ${job.epochs}`}`;
  return html`<tr><th class="lead">${slot}</th><td class="left">${job.label}</td><td class="left">${doing} <progress max="1" value="${job.share.toFixed(3)}"></progress></td><td>${dash(epoch)}</td><td>${dash(job.loss?.toFixed(4) ?? null)}</td><td>${dash(
    job.tokensPerSecond === null ? null : Math.round(job.tokensPerSecond).toLocaleString('en'),
  )}</td><td>${dash(job.secondsLeft === null ? null : formatDuration(job.secondsLeft))}</td></tr>`;
}

interface CellView {
  readonly seed: string;
  readonly look: 'done' | 'running' | 'failed' | 'waiting';
  readonly text: string;
}

/** A row for each model and dataset, a chip for each seed: test F1 where it is done, dev F1 while it trains. */
function cells({ state, results }: BoardInput): Markup | null {
  const rows = new Map<string, CellView[]>();
  const put = (label: string, view: CellView): void => {
    const row = withoutSeed(label);
    rows.set(row, [...(rows.get(row) ?? []), view]);
  };
  const scores = new Map(results?.cells.map((cell) => [cell.jobId, cell.subsets.all?.f1 ?? null]));
  for (const { facts, status, epochs } of state.jobs.values()) {
    const dev = epochs.at(-1);
    const f1 = scores.get(facts.jobId);
    const text =
      status === 'done' && f1 != null
        ? formatPoints(f1 * 100)
        : dev === undefined || status !== 'running'
          ? ''
          : `dev ${formatPoints(dev.devF1 * 100)}`;
    put(facts.label, { seed: String(facts.seed ?? ''), look: status, text });
  }
  for (const { jobId, model, task, dataset, trainShare, seed } of results?.missing ?? []) {
    if (state.jobs.has(jobId)) continue;
    const share = trainShare === 1 ? '' : ` · ${+(trainShare * 100).toFixed(4)} %`;
    put(`${model} · ${task}/${dataset}${share}`, { seed: String(seed), look: 'waiting', text: '' });
  }
  if (rows.size === 0) return null;
  const body = [...rows].map(
    ([label, views]) =>
      html`<tr><th class="lead">${label}</th><td class="text">${views.sort(bySeed).slice(0, MOST_SEEDS).map(chip)}${
        views.length > MOST_SEEDS ? ` and ${views.length - MOST_SEEDS} more` : null
      }</td></tr>`,
  );
  return html`<section><h2>Cells</h2><p class="note">F1 on all test sentences where a cell is done; on dev while it trains.</p><div class="scroll"><table id="cells"><thead><tr><th class="lead">model and dataset</th><th class="left">seeds</th></tr></thead><tbody>${body}</tbody></table></div></section>`;
}

function bySeed(one: CellView, other: CellView): number {
  return Number(one.seed) - Number(other.seed);
}

function chip({ seed, look, text }: CellView): Markup {
  return html`<span class="cell ${look}" title="${look}"><small>${seed}</small> ${text === '' ? look : text}</span>`;
}

function troubles(list: readonly LiveTrouble[]): Markup | null {
  if (list.length === 0) return null;
  const items = list.map(
    ({ kind, text, time }) =>
      html`<li class="${kind === 'failed' ? 'bad' : 'caution'}"><b>${kind}</b> ${text} <small>${time.slice(11, 19)}</small></li>`,
  );
  return html`<section><h2>Failures and warnings</h2><ul class="notices">${items}</ul></section>`;
}
