/** Where a student comes from: a folder, a run of `fsa distill`, or the hub's cache. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FsaError } from '../../errors.js';
import { downloadCommand, isRepositoryId } from '../../hub/api/repository.js';
import { type HashedFile, hashFiles, hashOfFiles, listFiles } from '../../storage/digest.js';
import {
  decidesResults,
  decidesTokens,
  GRAPHS,
  isPickle,
  isWeights,
  MODEL_CONFIG,
} from '../../storage/model-files.js';
import { readRunFile } from '../../runs/run-folder.js';
import { refuseDamagedModel } from './sealed-model.js';
import { isFile, isThere } from '../../storage/is-there.js';

export interface ModelSource {
  /** As the user named it. */
  readonly spec: string;
  /** Folder with config.json, safetensors and the tokenizer. */
  readonly folder: string;
  /** SHA-256 over the files that decide what the model computes. */
  readonly digest: string;
  /** Those files: what a worker loads is held against their digests. */
  readonly files: readonly HashedFile[];
  /** Bytes of weights: a measure of the work per sentence. */
  readonly weightBytes: number;
}

/**
 * Finds a model and takes its digest.
 * @throws FsaError CONFIG where nothing is there, with the command that downloads it, or a run's model is damaged
 */
export async function resolveModel(spec: string, cwd: string, signal?: AbortSignal): Promise<ModelSource> {
  const folder = await findModelFolder(spec, cwd);
  const weightBytes = await sumWeightBytes(folder);
  if (weightBytes === 0) throw await noWeightsError(spec, folder);
  const files = await hashFiles(folder, decidesResults, signal);
  await refuseDamagedModel(folder, files);
  return { spec, folder, digest: hashOfFiles(files), files, weightBytes };
}

export const LORA_ADVICE =
  'Merge it into its base first: `model.merge_and_unload().save_pretrained(folder)` of PEFT.';

/**
 * The folder of a model, whatever form its weights have.
 * @throws FsaError CONFIG where nothing is there, with the command that downloads it
 */
export async function findModelFolder(spec: string, cwd: string): Promise<string> {
  const path = resolve(cwd, spec);
  if (await isFile(join(path, MODEL_CONFIG))) return path;
  if (await isFile(join(path, 'model', MODEL_CONFIG))) return join(path, 'model');
  if (await isFile(join(path, 'adapter_config.json'))) {
    throw new FsaError('CONFIG', `The model ${spec} is a LoRA adapter, not a whole model.`, {
      where: path,
      advice: LORA_ADVICE,
    });
  }
  if (await isFile(join(path, 'run.json'))) {
    throw await noModelInRun(path);
  }
  if (await isFile(join(path, GRAPHS[0]))) throw exportError(spec, path);
  if (await isThere(path)) {
    throw new FsaError('CONFIG', 'The folder holds no model: config.json is missing.', {
      where: path,
      advice: 'Name a folder in Hugging Face format, a run of `fsa distill`, or a hub id.',
    });
  }
  // `models/typo` names a folder here where there is a folder `models`, however much it looks like a hub id.
  const isMeantHere = (await isThere(dirname(path))) && spec.includes('/') && dirname(path) !== cwd;
  if (!isRepositoryId(spec) || isMeantHere) {
    throw new FsaError('CONFIG', `There is no model at ${spec}.`, {
      where: path,
      advice:
        'Name a folder in Hugging Face format, a run of `fsa distill`, or a hub id such as google-t5/t5-base.',
    });
  }
  const { findInCache } = await import('../../hub/cache/find.js');
  const cached = await findInCache(spec, 'model');
  if (cached !== null) return cached;
  throw new FsaError('CONFIG', `The model ${spec} is neither a folder here nor in the Hugging Face cache.`, {
    where: path,
    advice: `Run \`${downloadCommand({ kind: 'model', id: spec })}\`.`,
  });
}

/** What a run without a model should do next: only a distillation has one by itself. */
async function noModelInRun(run: string): Promise<FsaError> {
  const kind = (await readRunFile(run).catch(() => null))?.kind;
  const name = basename(run);
  if (kind === undefined || kind === 'distill') {
    return new FsaError('CONFIG', `The run ${name} has no finished model yet.`, {
      where: run,
      advice: 'Run the same `fsa distill` command again to let it end.',
    });
  }
  return new FsaError('CONFIG', `The run ${name} has no model of its own.`, {
    where: run,
    advice:
      kind === 'eval'
        ? 'Run the same command again: `fsa finetune` goes on, `fsa eval` keeps models in jobs/ID/model with --keep-models best.'
        : 'Name a run of `fsa distill` or `fsa finetune`, a folder in Hugging Face format, or a hub id.',
  });
}

/** A student's graphs are for use; training, evals and exports begin with weights. */
function exportError(spec: string, where: string): FsaError {
  return new FsaError('CONFIG', `The model ${spec} is an export for Node, which has no weights to train.`, {
    where,
    advice: 'Name the student that it was made from; `fsa predict` and `fsa serve` use the export itself.',
  });
}

async function noWeightsError(spec: string, folder: string): Promise<FsaError> {
  if (await isFile(join(folder, GRAPHS[0]))) return exportError(spec, folder);
  const pickle = (await listFiles(folder)).find(isPickle);
  if (pickle === undefined) {
    return new FsaError('CONFIG', `The model ${spec} has no weights: model.safetensors is missing.`, {
      where: folder,
      advice: 'Fetch or save it again.',
    });
  }
  return new FsaError(
    'CONFIG',
    `The model ${spec} has its weights as a pickle only, which is never opened.`,
    {
      where: join(folder, pickle),
      advice:
        'Take a revision with model.safetensors (`fsa download model --repo … --revision …`), or convert it where you trust it: `model.save_pretrained(folder)` of Transformers writes safetensors.',
    },
  );
}

/** The files of a model's folder that decide how it writes and reads text, with their digests. */
export async function hashTokenizerFiles(folder: string, signal?: AbortSignal): Promise<HashedFile[]> {
  return await hashFiles(folder, decidesTokens, signal);
}

async function sumWeightBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of (await listFiles(folder)).filter(isWeights))
    bytes += (await stat(join(folder, name))).size;
  return bytes;
}
