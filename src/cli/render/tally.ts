/** Counts a run's jobs and says how long the rest will take. */
import type { FsaEvent } from '../../events.js';
import { formatDuration } from '../../report/event-words.js';

export class Tally {
  #jobs: number;
  readonly #run: string;
  readonly #before: number;
  #done = 0;
  /** Questions with an answer, by their kind. */
  readonly #answered = new Map<string, { readonly done: number; readonly total: number }>();
  #failed = 0;
  #secondsLeftOfOnly: number | null = null;

  constructor(
    event: Extract<FsaEvent, { type: 'run-started' }>,
    private readonly startedAtMs: number,
  ) {
    this.#jobs = event.jobs;
    this.#run = event.run;
    this.#before = event.alreadyDone;
  }

  count(event: FsaEvent): void {
    if (event.type === 'job-finished') this.#done += 1;
    if (event.type === 'job-failed' && !event.willRetry) this.#failed += 1;
    if (event.type === 'teach-progress') {
      this.#answered.set(event.what, event);
      const kinds = [...this.#answered.values()];
      this.#done = Math.max(this.#done, kinds.reduce((sum, { done }) => sum + done, 0) - this.#before);
      // How many answers there are to grade is only known when they are there.
      this.#jobs = Math.max(
        this.#jobs,
        kinds.reduce((sum, { total }) => sum + total, 0),
      );
    }
    if (event.type === 'job-progress') this.#secondsLeftOfOnly = event.secondsLeft;
  }

  /** `eval · 5 of 12 done · 1 failed · 2:10 min · about 3:05 min left` */
  describe(nowMs: number): string {
    const seconds = (nowMs - this.startedAtMs) / 1000;
    const left = this.#estimateSecondsLeft(seconds);
    const parts = [
      this.#run,
      this.#jobs === 1 ? null : `${this.#before + this.#done} of ${this.#jobs} done`,
      this.#failed === 0 ? null : `${this.#failed} failed`,
      formatDuration(seconds),
      left === null || left < 1 ? null : `about ${formatDuration(left)} left`,
    ];
    return parts.filter((part) => part !== null).join(' · ');
  }

  #estimateSecondsLeft(seconds: number): number | null {
    const remaining = this.#jobs - this.#before - this.#done - this.#failed;
    if (this.#jobs === 1) return remaining === 0 ? null : this.#secondsLeftOfOnly;
    const ended = this.#done + this.#failed;
    return ended === 0 || remaining === 0 ? null : (seconds / ended) * remaining;
  }
}
