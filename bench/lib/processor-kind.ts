/** What kind of processor this is, as far as speed goes: its make, and what it multiplies matrices with. */
import { readFile } from 'node:fs/promises';
import { arch } from 'node:os';
import type { Machine } from './bench.js';

/** `AuthenticAMD 25/17, avx512_bf16, 2 threads`, or the GPU's name. */
export async function kindOfProcessor(machine: Machine, cpuinfo = '/proc/cpuinfo'): Promise<string> {
  if (machine.device !== 'cpu') return machine.deviceName;
  const text = await readFile(cpuinfo, 'utf8').catch(() => '');
  const of = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim();
  const flags = new Set(of('flags')?.split(/\s+/));
  const units = ['amx_bf16', 'avx512_bf16', 'avx512f', 'avx2'].find((flag) => flags.has(flag)) ?? arch();
  const make = `${of('vendor_id') ?? machine.deviceName} ${of('cpu family') ?? '?'}/${of('model') ?? '?'}`;
  return `${make}, ${units}, ${machine.threads} threads`;
}
