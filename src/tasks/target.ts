/** What the model should write for a sentence (section 4 of the design). */
import type { TargetOrder, Task } from './vocabulary.js';
import type { BenchmarkAspect, BenchmarkExample } from './example.js';

/**
 * `term | polarity ; term | polarity` or `category | polarity ; …`; an empty string where there is none.
 * @param order only terms have one: by numeric position, or as published, where offsets that the file
 * has as strings are compared as strings ("10" before "9")
 */
export function targetOf(example: BenchmarkExample, task: Task, order: TargetOrder): string {
  const pairs = task === 'atsa' ? termPairs(example, order) : categoryPairs(example);
  return pairs.join(' ; ');
}

function termPairs(example: BenchmarkExample, order: TargetOrder): string[] {
  const distinct = new Map<string, BenchmarkAspect>();
  for (const aspect of example.aspects) {
    if (aspect.term === null) continue;
    const key = JSON.stringify([aspect.term, aspect.polarity, aspect.fromRaw, aspect.toRaw]);
    if (!distinct.has(key)) distinct.set(key, aspect);
  }
  const compare = order === 'text' ? compareNumeric : comparePublished;
  return [...distinct.values()].sort(compare).map((aspect) => `${aspect.term ?? ''} | ${aspect.polarity}`);
}

function categoryPairs(example: BenchmarkExample): string[] {
  const pairs = example.aspects
    .filter((aspect) => aspect.category !== null)
    .map((aspect) => `${(aspect.category ?? '').toLowerCase().replaceAll('#', ' ')} | ${aspect.polarity}`);
  return [...new Set(pairs)];
}

function compareNumeric(a: BenchmarkAspect, b: BenchmarkAspect): number {
  return a.from - b.from || a.to - b.to;
}

function comparePublished(a: BenchmarkAspect, b: BenchmarkAspect): number {
  return compareRaw(a.fromRaw, b.fromRaw) || compareRaw(a.toRaw, b.toRaw);
}

function compareRaw(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number(a ?? 0) - Number(b ?? 0);
}
