/** How many processors and how much memory this process may use: the machine's, or its control group's. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

export interface Limit {
  readonly value: number;
  /** `the machine`, or the file of the control group that says so. */
  readonly from: string;
}

interface Limits {
  /** Whole processors, at least one. */
  readonly processors: Limit;
  readonly memoryBytes: Limit;
}

export const MACHINE = 'the machine';

let known: Limits | null = null;

/** Read once: a control group's limit hardly ever changes under a running process. */
export function readLimits(): Limits {
  known ??= limitsBelow('/');
  return known;
}

/** @param root where `proc` and `sys` lie; `/` but in tests */
export function limitsBelow(root: string): Limits {
  const groups = controlGroups(root);
  const machine = { processors: availableParallelism(), memoryBytes: totalmem() };
  return {
    processors: smallest(machine.processors, groups.flatMap(processorsOf), (value) =>
      Math.max(1, Math.floor(value)),
    ),
    memoryBytes: smallest(machine.memoryBytes, groups.flatMap(memoryOf), (value) => value),
  };
}

/** The folders of this process's control groups, each with those above it: a limit anywhere holds. */
function controlGroups(root: string): string[] {
  const folders: string[] = [];
  for (const line of (readText(join(root, 'proc/self/cgroup')) ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line.trim()) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const isLimiting = /^$|(^|,)(cpu|memory)(,|$)/.test(controllers);
    if (!isLimiting) continue;
    const mount = join(root, 'sys/fs/cgroup', controllers);
    for (let group = join('/', path); ; group = dirname(group)) {
      folders.push(join(mount, group));
      if (group === '/') break;
    }
  }
  return folders;
}

/** Version 2: `cpu.max`; version 1: quota and period apart. */
function processorsOf(group: string): Limit[] {
  const [quota, period] = (readText(join(group, 'cpu.max')) ?? '').split(/\s+/).map(Number);
  const pairs = [
    [quota, period, 'cpu.max'],
    [readNumber(group, 'cpu.cfs_quota_us'), readNumber(group, 'cpu.cfs_period_us'), 'cpu.cfs_quota_us'],
  ] as const;
  return pairs.flatMap(([used, of, name]) =>
    isPositive(used) && isPositive(of) ? [{ value: used / of, from: join(group, name) }] : [],
  );
}

function memoryOf(group: string): Limit[] {
  return ['memory.max', 'memory.limit_in_bytes'].flatMap((name) => {
    const value = readNumber(group, name);
    return isPositive(value) ? [{ value, from: join(group, name) }] : [];
  });
}

function smallest(machine: number, limits: readonly Limit[], round: (value: number) => number): Limit {
  let best: Limit = { value: machine, from: MACHINE };
  for (const { value, from } of limits) if (round(value) < best.value) best = { value: round(value), from };
  return best;
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}

function readNumber(group: string, name: string): number {
  return Number(readText(join(group, name)) ?? Number.NaN);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
