/** What the config.json of a T5 or its relatives may say: types and ranges of what decides sizes and numbers. */
import { z } from 'zod';

/** Sizes far beyond any T5 (t5-11b: 24 layers, 128 heads, d_ff 65,536), and below what fills a memory by mistake. */
const size = (most: number) => z.int().min(1).max(most);

const MODEL_SIZE = 65_536;
const INNER_SIZE = 1_048_576;
const LAYERS = 1_000;
const VOCABULARY = 10_000_000;

/** What Transformers assumes of mT5 and umT5 where their files say nothing. */
const MULTILINGUAL = {
  vocab_size: 250_112,
  d_ff: 1024,
  num_layers: 8,
  num_heads: 6,
  feed_forward_proj: 'gated-gelu',
};

/** The types of models that the runtime trains, by `model_type`, each with defaults of its own. */
export const MODEL_TYPES = { t5: {}, mt5: MULTILINGUAL, umt5: MULTILINGUAL } as const;

export type ModelType = keyof typeof MODEL_TYPES;

export function isModelType(name: string): name is ModelType {
  return Object.hasOwn(MODEL_TYPES, name);
}

/** Defaults are those of Transformers; `null` counts as absent where Transformers takes it so. */
export const t5Config = z.object({
  vocab_size: size(VOCABULARY).default(32128),
  d_model: size(MODEL_SIZE).default(512),
  d_kv: size(MODEL_SIZE).default(64),
  d_ff: size(INNER_SIZE).default(2048),
  num_layers: size(LAYERS).default(6),
  num_decoder_layers: size(LAYERS).nullish(),
  num_heads: size(MODEL_SIZE).default(8),
  relative_attention_num_buckets: z.int().min(4).max(INNER_SIZE).default(32),
  relative_attention_max_distance: size(INNER_SIZE).default(128),
  dropout_rate: z.number().min(0).lt(1).default(0.1),
  layer_norm_epsilon: z.number().gt(0).max(1).default(1e-6),
  feed_forward_proj: z
    .string()
    .regex(
      /^(gated-)?(relu|gelu|gelu_new|silu)$/,
      'expected relu, gelu, gelu_new or silu, or gated- before it',
    )
    .default('relu'),
  pad_token_id: z.int().min(0).nullish(),
  eos_token_id: z.union([z.int().min(0), z.array(z.int().min(0)).min(1)]).nullish(),
  decoder_start_token_id: z.int().min(0).nullish(),
});

export type T5Config = z.infer<typeof t5Config>;

/** What is wrong with the values, a sentence each. Ids must be rows of the embedding. */
export function findConfigProblems(
  raw: unknown,
  type: ModelType,
): { config: T5Config | null; problems: string[] } {
  const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  const read = t5Config.safeParse(isObject ? { ...MODEL_TYPES[type], ...raw } : raw);
  if (!read.success) {
    const value = (path: readonly PropertyKey[]): unknown =>
      path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw);
    return {
      config: null,
      problems: read.error.issues.map(
        ({ path, message }) => `${path.join('.')} is ${JSON.stringify(value(path))}: ${message}`,
      ),
    };
  }
  const { vocab_size: rows, ...rest } = read.data;
  const ids = (['pad_token_id', 'eos_token_id', 'decoder_start_token_id'] as const).flatMap((name) =>
    [rest[name] ?? []].flat().map((id) => [name, id] as const),
  );
  const problems = ids
    .filter(([, id]) => id >= rows)
    .map(([name, id]) => `${name} is ${id}, but the vocabulary has ${rows} tokens`);
  return { config: problems.length === 0 ? read.data : null, problems };
}
