/**
 * Whether a model can be used at all, before any worker starts: its type, the values of config.json, its
 * tokenizer's files, and the sizes of its tensors. What only loading can tell (every tensor, each finite) the
 * worker checks as it loads.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FsaError, messageOf } from '../../errors.js';
import { MODEL_CONFIG, SENTENCEPIECE, TOKENIZER, WEIGHTS } from '../../storage/model-files.js';
import { LORA_ADVICE, type ModelSource } from './model.js';
import { findConfigProblems, isModelType, MODEL_TYPES, type T5Config } from './model-config.js';
import { readSafetensorsHeader, type TensorShapes } from './safetensors-header.js';

/** Larger ones are no configuration and no tokenizer. */
const MOST_JSON_BYTES = 256 * 1024 * 1024;

export interface JudgeOptions {
  /** The embeddings are cut or extended to the tokenizer's size (distillation). */
  readonly resizes: boolean;
}

/** @throws FsaError CONFIG that names the file and the field, tensor or numbers that do not fit */
export async function judgeModel(model: ModelSource, { resizes }: JudgeOptions): Promise<void> {
  const config = await judgeConfig(model);
  const tokens = await countTokens(model);
  const tensors = await readTensorShapes(model);
  judgeShapes(model, config, tensors);
  if (!resizes && tokens !== null && tokens > config.vocab_size) {
    throw refuse(
      model,
      TOKENIZER,
      `the tokenizer has ${tokens} tokens, the model ${config.vocab_size} rows`,
      {
        advice:
          'Save the model again after `resize_token_embeddings(len(tokenizer))`, or take its own tokenizer.',
      },
    );
  }
}

async function judgeConfig(model: ModelSource): Promise<T5Config> {
  const raw = await readJson(model, MODEL_CONFIG);
  const kind: unknown =
    typeof raw === 'object' && raw !== null && 'model_type' in raw ? raw.model_type : null;
  if (typeof kind !== 'string' || !isModelType(kind)) {
    const types = Object.keys(MODEL_TYPES).join(', ');
    throw refuse(
      model,
      MODEL_CONFIG,
      `it is a model of type ${JSON.stringify(kind)}; only ${types} can be used`,
      { advice: 'Take a T5, T5 v1.1, Flan-T5, mT5 or umT5.' },
    );
  }
  const { config, problems } = findConfigProblems(raw, kind);
  if (config === null)
    throw refuse(model, MODEL_CONFIG, `its configuration has values that no ${kind} has`, { problems });
  return config;
}

/** How many ids the tokenizer may write; null where its files are not read here (spiece.model). */
async function countTokens(model: ModelSource): Promise<number | null> {
  const has = (name: string): boolean => model.files.some((file) => file.name === name);
  if (!has(TOKENIZER)) {
    if (has(SENTENCEPIECE)) return null;
    throw refuse(model, '', 'it has no tokenizer: tokenizer.json and spiece.model are both missing', {
      advice: 'Save it with `tokenizer.save_pretrained(folder)`.',
    });
  }
  const raw = await readJson(model, TOKENIZER);
  const { model: inner, added_tokens: added } = (raw ?? {}) as Record<string, unknown>;
  const vocabulary = (inner as { vocab?: unknown } | null | undefined)?.vocab;
  if (typeof vocabulary !== 'object' || vocabulary === null)
    throw refuse(model, TOKENIZER, 'its tokenizer has no vocabulary', { advice: 'Save it again.' });
  const ids = Array.isArray(vocabulary) ? [vocabulary.length - 1] : Object.values(vocabulary);
  for (const token of Array.isArray(added) ? added : []) ids.push((token as { id?: unknown } | null)?.id);
  return ids.reduce<number>((most, id) => (typeof id === 'number' ? Math.max(most, id + 1) : most), 0);
}

async function readTensorShapes(model: ModelSource): Promise<TensorShapes> {
  const names = model.files.map(({ name }) => name).filter((name) => name.endsWith('.safetensors'));
  const single = names.includes(WEIGHTS) ? [WEIGHTS] : names;
  const tensors = new Map<string, { dtype: string; shape: readonly number[] }>();
  for (const name of single) {
    try {
      for (const [tensor, entry] of await readSafetensorsHeader(join(model.folder, name)))
        tensors.set(tensor, entry);
    } catch (cause) {
      const why = messageOf(cause);
      throw refuse(model, name, `its weights are no whole safetensors file (${why})`, {
        advice: 'Download or save it again.',
        cause,
      });
    }
  }
  return tensors;
}

/** The sizes that config.json claims against those of the tensors that show them. */
function judgeShapes(model: ModelSource, config: T5Config, tensors: TensorShapes): void {
  if ([...tensors.keys()].some((name) => /\blora_[AB]\b/.test(name)))
    throw refuse(model, '', 'it is a LoRA adapter, not a whole model', { advice: LORA_ADVICE });
  const { vocab_size: rows, d_model: width } = config;
  const inner = config.num_heads * config.d_kv;
  const layers = { encoder: config.num_layers, decoder: config.num_decoder_layers ?? config.num_layers };
  const problems = [
    ...EMBEDDINGS.map((name) => compareShape(tensors, name, [rows, width])),
    compareShape(tensors, 'encoder.block.0.layer.0.SelfAttention.q.weight', [inner, width]),
    compareShape(tensors, `encoder.block.0.layer.1.DenseReluDense.wo.weight`, [width, config.d_ff]),
    ...Object.entries(layers).map(([stack, said]) => {
      const found = countLayers(tensors, stack);
      return found === said ? null : `config.json says ${said} ${stack} layers, the weights hold ${found}`;
    }),
  ].filter((problem) => problem !== null);
  if (problems.length > 0)
    throw refuse(model, MODEL_CONFIG, 'its configuration and its weights do not belong together', {
      problems,
    });
}

/** Where a checkpoint may hold the embedding, the first mostly. */
const EMBEDDINGS = [
  'shared.weight',
  'encoder.embed_tokens.weight',
  'decoder.embed_tokens.weight',
  'lm_head.weight',
];

/** A tensor that is not there shows nothing here: loading names what is missing. */
function compareShape(tensors: TensorShapes, name: string, expected: readonly number[]): string | null {
  const shape = tensors.get(name)?.shape;
  if (shape === undefined || shape.join() === expected.join()) return null;
  return `${name} is [${shape.join(', ')}], but config.json asks for [${expected.join(', ')}]`;
}

function countLayers(tensors: TensorShapes, stack: string): number {
  const block = new RegExp(`^${stack}\\.block\\.(\\d+)\\.`);
  let count = 0;
  for (const name of tensors.keys()) count = Math.max(count, Number(block.exec(name)?.[1] ?? -1) + 1);
  return count;
}

async function readJson(model: ModelSource, name: string): Promise<unknown> {
  const path = join(model.folder, name);
  const { size } = await stat(path);
  if (size > MOST_JSON_BYTES)
    throw refuse(model, name, `${name} has ${size} bytes, which no model needs`, {
      advice: 'Save it again.',
    });
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw refuse(model, name, `${name} is not JSON`, { advice: 'Download or save it again.', cause });
  }
}

function refuse(
  model: ModelSource,
  name: string,
  what: string,
  details: { readonly advice?: string; readonly problems?: readonly string[]; readonly cause?: unknown },
): FsaError {
  return new FsaError('CONFIG', `The model ${model.spec} cannot be used: ${what}.`, {
    where: join(model.folder, name),
    advice: 'Download or save the model again, or correct the file.',
    ...details,
  });
}
