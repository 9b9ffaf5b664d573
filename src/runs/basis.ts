/**
 * What a cell's numbers stand on besides its seed and share: cells of one folder make one table only where it is the
 * same. Folders are copied into each other, lose their run.json, and go on under another version of fsa.
 */
import { hashValue } from '../storage/digest.js';
import { filesOfDataset } from './dataset-hashes.js';
import { RESULTS_VERSION } from './identity.js';
import type { CellResult, RunFile } from './types.js';

/** A hash of the settings that decide, the model, the dataset, and the rules of this version of fsa. */
export function basisOf(
  { identity, hashes }: Pick<RunFile, 'identity' | 'hashes'>,
  { model, task, dataset }: Pick<CellResult, 'model' | 'task' | 'dataset'>,
): string {
  const weights = hashes[`model ${model}`] ?? null;
  const files = Object.fromEntries(filesOfDataset(hashes, `${task}/${dataset}`));
  return hashValue({ resultsVersion: RESULTS_VERSION, identity, weights, files }).slice(0, 16);
}
