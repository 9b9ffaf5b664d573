/** Disks of a chosen size, and read-only ones; Linux and root only. */
import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

export interface Disk {
  /** Changes how much fits on it. */
  readonly resize: (bytes: number) => void;
  readonly readOnly: (on: boolean) => void;
}

/** Mounts memory as a disk on a folder, until the test ends. */
export function mountDisk(folder: string, bytes: number): Disk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  const remount = (option: string): void => void execFileSync('mount', ['-o', `remount,${option}`, folder]);
  return { resize: (size) => remount(`size=${size}`), readOnly: (on) => remount(on ? 'ro' : 'rw') };
}
