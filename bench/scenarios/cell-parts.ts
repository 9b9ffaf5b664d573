/** Where the seconds of our cell go, from the run's journal: what is paid once, epochs, and what comes behind. */
import type { OurCells } from './cells.js';

export interface Part {
  readonly name: string;
  readonly seconds: number;
}

/**
 * The parts of one cell, which add up to the whole process. An epoch is its training and its dev set; what the first
 * takes longer than the shortest is put down to reading model and data and to warming up.
 */
export function partsOf({ events, seconds, firstEventSeconds }: OurCells): Part[] {
  const at = (type: string): number => {
    const found = events.find((event) => event.type === type);
    if (found === undefined) throw new RangeError(`The journal of a cell has no ${type}.`);
    return firstEventSeconds + found.at;
  };
  const ends = events.filter(({ type }) => type === 'job-epoch').map((event) => firstEventSeconds + event.at);
  const begun = at('job-started');
  const lengths = ends.map((end, index) => end - (ends[index - 1] ?? begun));
  const shortest = Math.min(...lengths);
  const [first = 0] = lengths;
  const trained = ends.at(-1) ?? begun;
  return [
    { name: 'command', seconds: firstEventSeconds },
    { name: 'worker', seconds: begun - firstEventSeconds },
    { name: 'reading and warming up', seconds: first - shortest },
    { name: 'epochs', seconds: trained - begun - (first - shortest) },
    { name: 'test sets and scores', seconds: at('job-finished') - trained },
    { name: 'results and report', seconds: at('run-finished') - at('job-finished') },
    { name: 'end', seconds: seconds - at('run-finished') },
  ];
}

/** In words, for the line under the table. */
export function describeParts(parts: readonly Part[]): string {
  return parts.map(({ name, seconds }) => `${name} ${seconds.toFixed(2)} s`).join(', ');
}
