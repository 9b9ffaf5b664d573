/** Events as words: one line each, shared by the board, the plain lines and the live page. */
import type { FsaEvent } from '../events.js';

/** A line for an event that is worth one; null for progress and for what the board shows elsewhere. */
export function describeEvent(event: FsaEvent): string | null {
  switch (event.type) {
    case 'run-started': {
      const done = event.alreadyDone === 0 ? '' : `, ${event.alreadyDone} done already`;
      const what =
        event.kind === 'eval'
          ? event.jobs === 1
            ? '1 cell'
            : `${event.jobs} cells`
          : event.kind === 'teach'
            ? `${grouped(event.jobs)} questions`
            : event.kind === 'distill'
              ? 'distillation'
              : event.kind === 'zeroshot'
                ? 'judging without training'
                : `${event.jobs} cells in context`;
      return `${event.run}: ${what}${done} (${event.folder})`;
    }
    case 'data-prepared':
      return `${event.what}: ${grouped(event.rows)} rows ${event.reused ? 'found prepared' : 'prepared'} in ${event.seconds.toFixed(1)} s`;
    case 'data-progress':
    case 'teach-progress':
      return null;
    case 'worker-queued':
      return `worker on ${event.slot} waits for its place (${event.job}${event.why === null ? '' : `: ${event.why}`})`;
    case 'worker-started':
      return event.host === null ? null : `worker on ${event.slot} has its place: ${event.host}`;
    case 'worker-ready':
      return `worker on ${event.slot} ready after ${event.seconds.toFixed(1)} s`;
    case 'worker-ended':
      return event.expected ? null : `worker on ${event.slot} ended: ${event.reason}`;
    case 'job-skipped':
      return `${event.label}: ${event.reason}`;
    case 'job-started':
      return `${event.label}: started${event.attempt === 1 ? '' : `, attempt ${event.attempt}`}`;
    case 'job-progress':
      return null;
    case 'job-epoch': {
      const loss = event.meanLoss === null ? '' : `loss ${event.meanLoss.toFixed(4)}, `;
      const best = event.bestEpoch === event.epoch ? 'best so far' : `best: epoch ${event.bestEpoch}`;
      return `${event.label}: epoch ${event.epoch}/${event.epochs}, ${loss}dev F1 ${points(event.devF1)} (${best})`;
    }
    case 'job-validated':
      return `${event.label}: step ${grouped(event.step)}, validation loss ${event.validationLoss.toFixed(4)}`;
    case 'checkpoint-saved':
      return null;
    case 'job-finished':
      return `${event.label}: done in ${formatDuration(event.seconds)}, ${event.summary}`;
    case 'job-failed':
      return `${event.label}: attempt ${event.attempt} failed: ${event.error.message}${event.willRetry ? ' Trying again.' : ''}`;
    case 'warning':
      return `note: ${event.message}${event.where === null ? '' : ` (${event.where})`}`;
    case 'setup-step':
      return event.state === 'started' || event.detail !== null
        ? `${event.step}${event.detail === null ? '' : `: ${event.detail}`}`
        : null;
    case 'download-planned':
      return `${event.what}: ${event.files} ${event.files === 1 ? 'file' : 'files'}, ${formatBytes(event.bytes)}, ${event.alreadyThere} there already`;
    case 'download-progress':
      return null;
    case 'download-finished':
      return `${event.what}: ${formatBytes(event.bytes)} in ${formatDuration(event.seconds)} → ${event.folder}`;
    case 'room-checked':
      return `room for ${event.what}: ${formatBytes(event.bytes)} of ${formatBytes(event.freeBytes)} free`;
    case 'run-finished': {
      const failed = event.failed === 0 ? '' : `, ${event.failed} failed`;
      return `${event.run}: ${event.done} done${failed} in ${formatDuration(event.seconds)}`;
    }
  }
}

/** How far a file's reading or a download is; null for every other event. */
export function describeTransfer(event: FsaEvent): string | null {
  const left = (seconds: number | null): string =>
    seconds === null ? '' : ` · ${formatDuration(seconds)} left`;
  if (event.type === 'data-progress') {
    const done = `${formatBytes(event.bytesDone)} of ${formatBytes(event.bytesTotal)}`;
    return `${event.what} · ${grouped(event.rows)} rows · ${done}${left(event.secondsLeft)}`;
  }
  if (event.type === 'teach-progress') return `${describeTeaching(event)}${left(event.secondsLeft)}`;
  if (event.type !== 'download-progress') return null;
  const done = `${formatBytes(event.bytesDone)} of ${formatBytes(event.bytesTotal)}`;
  return `${event.what} · ${done} · ${formatBytes(event.bytesPerSecond)}/s${left(event.secondsLeft)}`;
}

function describeTeaching(event: Extract<FsaEvent, { type: 'teach-progress' }>): string {
  const tokens = `${grouped(event.inputTokens)} + ${grouped(event.outputTokens)} tokens`;
  const budget = event.usdBudget === null ? '' : ` of ${formatUsd(event.usdBudget)}`;
  const possible =
    event.usdPossible === null || event.usdPossible === 0
      ? ''
      : ` (+ ${formatUsd(event.usdPossible)} possible)`;
  const spent = event.usdSpent === null ? '' : ` · ${formatUsd(event.usdSpent)}${possible}${budget}`;
  const failed = event.failed === 0 ? '' : ` · ${grouped(event.failed)} failed`;
  return `${event.what} · ${grouped(event.done)}/${grouped(event.total)}${failed} · ${event.perSecond.toFixed(1)}/s · ${tokens}${spent}`;
}

/** `$0.0042`, `$12.35`, `$0`: four digits where it is less than a dollar. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '$0';
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** `$1.20 spent, $0.0040 more possible`; null where no price is known. */
export function spentWords({ usdSpent, usdPossible }: SpentUsd): string | null {
  if (usdSpent === null) return null;
  const isSure = usdPossible === null || usdPossible === 0;
  return `${formatUsd(usdSpent)} spent${isSure ? '' : `, ${formatUsd(usdPossible)} more possible`}`;
}

interface SpentUsd {
  readonly usdSpent: number | null;
  readonly usdPossible: number | null;
}

/** How far a job is, in a few words that stay in place. */
export function describeProgress(event: Extract<FsaEvent, { type: 'job-progress' }>): string {
  const parts = [
    event.epoch === null ? null : `epoch ${event.epoch}${event.epochs === null ? '' : `/${event.epochs}`}`,
    `${PHASE_WORDS[event.phase]} ${grouped(event.done)}/${grouped(event.total)}`,
    event.loss === null ? null : `loss ${event.loss.toFixed(3)}`,
    event.tokensPerSecond === null ? null : `${grouped(Math.round(event.tokensPerSecond))} tokens/s`,
    event.secondsLeft === null ? null : `${formatDuration(event.secondsLeft)} left`,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

export const PHASE_WORDS: Readonly<Record<string, string>> = {
  load: 'loading',
  prepare: 'preparing',
  train: 'step',
  validate: 'validating',
  generate: 'generating',
  save: 'saving',
};

/** Thousands apart: 1,234. */
export const grouped = (count: number): string => count.toLocaleString('en');

export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const total = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)} h` : `${minutes}:${two(rest)} min`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? 'B'}`;
}

function points(f1: number): string {
  return (100 * f1).toFixed(2);
}
