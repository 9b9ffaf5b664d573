/** The opening of a run: its folder taken and described, its events given to the caller and to the journal. */
import type { Emit } from '../../events.js';
import { RunFolder } from '../../runs/run-folder.js';
import { describeMaking } from './making.js';
import { describeRun } from './run-file.js';

export interface OpenRun {
  readonly run: RunFolder;
  /** Writes an event down and passes it on. */
  readonly emit: Emit;
}

/**
 * @param parts what run.json says of the run
 * @throws FsaError RUN_FOLDER where the folder is in use or holds another run
 */
export async function openRun(
  folder: string,
  parts: Omit<Parameters<typeof describeRun>[0], 'made'>,
  { replace = false, emit }: { readonly replace: boolean | undefined; readonly emit: Emit },
): Promise<OpenRun> {
  const file = describeRun({ ...parts, made: await describeMaking() });
  const run = await RunFolder.open(folder, file, { replace });
  const both: Emit = (body) => {
    run.record({ ...body, time: new Date().toISOString() });
    emit(body);
  };
  return { run, emit: both };
}
