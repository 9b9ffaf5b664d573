/** Which files make a model's folder in Hugging Face form: asked by downloads, the cache, digests and checks alike. */

export const MODEL_CONFIG = 'config.json';
/** Weights in one file, and the list of the files where there are several. */
export const WEIGHTS = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
/** What fsa says of a student: its task, its limits and the digests of its files. */
export const STUDENT_FILE = 'fsa.json';
/** The graphs of a student that was exported for Node, with their weights beside them. */
export const GRAPHS = ['encoder.onnx', 'step.onnx', 'weights.bin'] as const;
/** A tokenizer is one of these two; the other tokenizer files only add to it. */
export const TOKENIZER = 'tokenizer.json';
export const SENTENCEPIECE = 'spiece.model';

const TOKENIZER_FILES = [
  TOKENIZER,
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  SENTENCEPIECE,
  'chat_template.jinja',
];
/** What a student needs besides its weights. */
const MODEL_FILES = [MODEL_CONFIG, 'generation_config.json', STUDENT_FILE, ...TOKENIZER_FILES];
const SHARD = /^model-\d+-of-\d+\.safetensors$/;
const PICKLED_WEIGHTS = /^pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?$/;

/** Whether a file decides how a model writes and reads text. */
export function decidesTokens(name: string): boolean {
  return name === MODEL_CONFIG || TOKENIZER_FILES.includes(name);
}

/** Whether a file decides what a model computes. */
export function decidesResults(name: string): boolean {
  return decidesTokens(name) || isWeights(name);
}

/** Whether a file holds weights that are read, or lists those that do. */
export function isWeights(name: string): boolean {
  return !name.includes('/') && /\.safetensors(\.index\.json)?$/.test(name);
}

/** Whether a file holds weights as a pickle, which runs code when it is loaded. */
export function isPickle(name: string): boolean {
  return /^pytorch_model[^/]*\.bin$/.test(name);
}

/** Of a repository's files those that a model needs, its weights in one form only; and the graphs of a student. */
export function chooseModelFiles(paths: readonly string[]): Set<string> {
  return new Set([...MODEL_FILES, ...chooseWeights(paths), ...(hasGraphs(paths) ? GRAPHS : [])]);
}

/** Whether files are a student that Node runs without Python. */
function hasGraphs(paths: readonly string[]): boolean {
  return [STUDENT_FILE, ...GRAPHS].every((name) => paths.includes(name));
}

/** A single safetensors file, else its shards, else what PyTorch pickled. */
function chooseWeights(paths: readonly string[]): string[] {
  if (paths.includes(WEIGHTS)) return [WEIGHTS];
  const shards = paths.filter((path) => SHARD.test(path));
  if (shards.length > 0) return [...shards, WEIGHTS_INDEX];
  return paths.filter((path) => PICKLED_WEIGHTS.test(path));
}

/** Whether files include a configuration and weights, or a student's graphs, without which a model is of no use. */
export function canBeLoaded(paths: readonly string[]): boolean {
  if (hasGraphs(paths)) return paths.includes(TOKENIZER);
  return paths.includes(MODEL_CONFIG) && paths.some((path) => /\.(safetensors|bin)$/.test(path));
}

/** Whether files have weights only as pickles. */
export function hasOnlyPickles(paths: readonly string[]): boolean {
  return paths.some(isPickle) && !paths.some((path) => path.endsWith('.safetensors'));
}
