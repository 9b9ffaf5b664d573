/**
 * V8 ends the whole process, with words of its own, where the address space runs out; what cannot be caught is
 * said before. Below some 700 MiB Node itself does not start, and nobody can say anything.
 */
import { readFileSync } from 'node:fs';
import { FsaError } from '../errors.js';

/** What Node needs for any command; workers need more, and say so themselves. */
const LEAST_BYTES = 2 * 1024 ** 3;

/** @throws FsaError CONFIG where the process may map less than it needs */
export function requireAddressSpace(): void {
  const bytes = readAddressLimit();
  if (bytes === null || bytes >= LEAST_BYTES) return;
  throw new FsaError(
    'CONFIG',
    `This process may map ${Math.floor(bytes / 1024 ** 2)} MiB of memory, and needs 2 GiB.`,
    {
      where: 'ulimit -v',
      advice: 'Raise the limit of the address space, or lift it (ulimit -v unlimited).',
    },
  );
}

/** The soft limit; null where there is none, or the system does not say. */
function readAddressLimit(): number | null {
  if (process.platform !== 'linux') return null;
  try {
    const line = /^Max address space\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line === null ? null : Number(line[1]);
  } catch {
    return null;
  }
}
