/** A model that a run wrote: whether its files still hold what the run sealed when it ended. */
import { stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { FsaError } from '../../errors.js';
import { readStudentFile, STUDENT_FILE } from '../../inference/student-file.js';
import { listJobStates } from '../../runs/job-states.js';
import { type HashedFile, hashOfFiles } from '../../storage/digest.js';
import { decidesResults } from '../../storage/model-files.js';

/**
 * Holds a model's digests against its fsa.json and the seals of the run around it, where there are such; nothing is
 * read again.
 * @param files every file that decides what the model computes
 * @throws FsaError CONFIG naming the files that are gone or other ones now
 */
export async function refuseDamagedModel(folder: string, files: readonly HashedFile[]): Promise<void> {
  const student = await readStudentFile(folder);
  if (student?.onnx === null && student.layout === null && student.digest !== hashOfFiles(files))
    throw damagedError(folder, [`its digest is not the one in ${STUDENT_FILE}`]);
  const run = await findRunAround(folder);
  if (run === null) return;
  const prefix = `${relative(run, folder).split(sep).join('/')}/`;
  const digests = new Map(files.map(({ name, sha256 }) => [`${prefix}${name}`, sha256]));
  const sealed = (await listJobStates(run))
    .filter(({ status }) => status === 'done')
    .flatMap(({ outputs }) => Object.entries(outputs ?? {}))
    .filter(([name]) => name.startsWith(prefix) && decidesResults(name.slice(prefix.length)));
  const damaged = sealed.filter(([name, { sha256 }]) => digests.get(name) !== sha256).map(([name]) => name);
  if (damaged.length === 0) return;
  throw damagedError(
    run,
    damaged.map((name) => `${name} ${digests.has(name) ? 'has other bytes' : 'is gone'}`),
  );
}

function damagedError(where: string, problems: readonly string[]): FsaError {
  return new FsaError('CONFIG', 'The model is not what fsa wrote: it is damaged or was changed.', {
    where,
    problems,
    advice:
      'Run the command that made it again: it writes the model anew. A changed model belongs in a folder of its own.',
  });
}

/** `RUN/model` or `RUN/jobs/ID/model`. */
async function findRunAround(folder: string): Promise<string | null> {
  for (const run of [resolve(folder, '..'), resolve(folder, '../../..')]) {
    const there = await stat(join(run, 'run.json')).catch(() => null);
    if (there?.isFile() === true) return run;
  }
  return null;
}
