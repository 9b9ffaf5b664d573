/** The folder beside an export, in which it is made: what a kill leaves there is cleared away by the next. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { openScratch, replaceFolder } from '../../../src/pipelines/export/export-folder.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

it('clears away what a killed export left, not what one at work or somebody else has there', async () => {
  const folder = await temporaryFolder();
  const output = join(folder, 'onnx');
  const own = await openScratch(output);
  expect(await readdir(folder)).toEqual([basename(own)]);
  const left = own.replace(`-${process.pid}-`, `-${await endedPid()}-`);
  await mkdir(join(left, 'fp32'), { recursive: true });
  for (const name of ['.onnx-notes', '.onnx2-x', 'onnx-old']) await mkdir(join(folder, name));
  const next = await openScratch(output);
  expect((await readdir(folder)).sort()).toEqual(
    ['.onnx-notes', '.onnx2-x', 'onnx-old', basename(own), basename(next)].sort(),
  );
});

it('gives back the earlier export of one that was killed while it took its place', async () => {
  const folder = await temporaryFolder();
  const output = join(folder, 'onnx');
  await mkdir(output, { recursive: true });
  await writeFile(join(output, 'step.onnx'), 'old');
  const own = await openScratch(output);
  const left = own.replace(`-${process.pid}-`, `-${await endedPid()}-`);
  await rename(own, left);
  await rename(output, join(left, 'replaced'));
  const next = await openScratch(output);
  expect(await readFile(join(output, 'step.onnx'), 'utf8')).toBe('old');
  await mkdir(join(next, 'fp32'));
  await writeFile(join(next, 'fp32', 'step.onnx'), 'new');
  await replaceFolder(join(next, 'fp32'), output);
  expect(await readFile(join(output, 'step.onnx'), 'utf8')).toBe('new');
  expect((await readdir(folder)).sort()).toEqual([basename(next), 'onnx'].sort());
});
