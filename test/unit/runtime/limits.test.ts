import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitsBelow } from '../../../src/runtime/limits.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

async function machine(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

describe('limitsBelow', () => {
  it('reads quota and memory of version 2, also of a group above', async () => {
    const root = await machine({
      'proc/self/cgroup': '0::/outer/inner\n',
      'sys/fs/cgroup/outer/inner/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/outer/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/outer/inner/memory.max': '1048576\n',
    });
    const { processors, memoryBytes } = limitsBelow(root);
    expect(processors.value).toBe(1);
    expect(memoryBytes).toMatchObject({ value: 1_048_576 });
    expect(memoryBytes.from).toContain('memory.max');
  });

  it('reads those of version 1', async () => {
    const root = await machine({
      'proc/self/cgroup': '4:memory:/job\n3:cpu,cpuacct:/job\n1:name=systemd:/x\n',
      'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us': '50000\n',
      'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/memory/job/memory.limit_in_bytes': '2097152\n',
    });
    const { processors, memoryBytes } = limitsBelow(root);
    expect(processors.value).toBe(1);
    expect(memoryBytes.value).toBe(2_097_152);
  });

  it('is the machine where nothing limits', async () => {
    const root = await machine({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' });
    expect(limitsBelow(root).processors).toEqual({ value: availableParallelism(), from: 'the machine' });
    expect(limitsBelow(await machine({})).memoryBytes.from).toBe('the machine');
  });
});
