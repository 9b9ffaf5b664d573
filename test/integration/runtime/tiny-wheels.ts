/** Real wheels of a few hundred bytes and locks over them: a setup in seconds, without a network. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MAKE_WHEEL = `
import sys, zipfile
path, name, version, size = sys.argv[1:5]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr(f"{name}/__init__.py", f"VERSION = {version!r}\\nFILLER = {'x' * int(size)!r}\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
`;

export interface TinyLock {
  readonly wheels: string;
  readonly lockPath: string;
}

/**
 * A folder with wheels and a lock that pins them with their hashes; torch without, as in the real lock.
 * @param pins versions by name; a local tag (`+cpu`) is in the wheel and not in the lock
 */
export async function makeTinyLock(
  folder: string,
  pins: Readonly<Record<string, string>>,
  name = 'requirements',
): Promise<TinyLock> {
  const wheels = join(folder, 'wheels');
  await mkdir(wheels, { recursive: true });
  const lines: string[] = [];
  for (const [pkg, version] of Object.entries(pins)) {
    const wheel = join(wheels, `${pkg}-${version}-py3-none-any.whl`);
    await promisify(execFile)('python3', ['-c', MAKE_WHEEL, wheel, pkg, version, '100']);
    const hash = createHash('sha256')
      .update(await readFile(wheel))
      .digest('hex');
    const pin = `${pkg}==${version.split('+')[0] ?? version}`;
    lines.push(pkg === 'torch' ? pin : `${pin} \\\n    --hash=sha256:${hash}`);
  }
  lines.push(`absent==1.0 ; python_version < '3' \\\n    --hash=sha256:${'0'.repeat(64)}`);
  const lockPath = join(folder, `${name}.lock`);
  await writeFile(lockPath, `# a test's own\n${lines.join('\n')}\n`);
  return { wheels, lockPath };
}
