import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import { judgeModel } from '../../../src/pipelines/sources/judge-model.js';
import { resolveModel } from '../../../src/pipelines/sources/model.js';
import { findConfigProblems } from '../../../src/pipelines/sources/model-config.js';
import { parseHeader } from '../../../src/pipelines/sources/safetensors-header.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const SAMPLE = resolve(import.meta.dirname, '../../../models/sample');

/** The error of a copy of the sample's model after a change; null where it is found good. */
async function judgeAfter(
  change: (folder: string) => Promise<void>,
  { resizes = false }: { readonly resizes?: boolean } = {},
): Promise<string | null> {
  const folder = join(await temporaryFolder(), 'model');
  await cp(SAMPLE, folder, { recursive: true });
  await change(folder);
  try {
    await judgeModel(await resolveModel(folder, '/'), { resizes });
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(FsaError);
    expect((error as FsaError).code).toBe('CONFIG');
    return (error as FsaError).describe();
  }
}

function changeJson(name: string, change: (value: Record<string, unknown>) => unknown) {
  return async (folder: string): Promise<void> => {
    const value = JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;
    await writeFile(join(folder, name), JSON.stringify(change(value)));
  };
}

const set = (changes: Record<string, unknown>) =>
  changeJson('config.json', (config) => ({ ...config, ...changes }));

describe('a model before any worker starts', () => {
  it.each(['t5', 'mt5', 'umt5'])('is found good as it is, as %s', async (type) => {
    expect(await judgeAfter(set({ model_type: type }))).toBeNull();
  });

  it.each([
    [{ dropout_rate: -3 }, /dropout_rate is -3/],
    [{ dropout_rate: 1 }, /dropout_rate is 1/],
    [{ num_layers: 1e9 }, /num_layers is 1000000000/],
    [{ num_layers: 3 }, /3 encoder layers, the weights hold 2/],
    [{ num_decoder_layers: 1 }, /1 decoder layers, the weights hold 2/],
    [{ num_heads: 5 }, /SelfAttention\.q\.weight is \[128, 128\], but config\.json asks for \[160, 128\]/],
    [{ d_ff: 255 }, /wo\.weight is \[128, 256\]/],
    [{ vocab_size: 1801 }, /shared\.weight is \[1800, 128\], but config\.json asks for \[1801, 128\]/],
    [{ d_model: '128' }, /d_model is "128"/],
    [{ layer_norm_epsilon: 0 }, /layer_norm_epsilon is 0/],
    [{ eos_token_id: 1800 }, /eos_token_id is 1800, but the vocabulary has 1800 tokens/],
    [{ feed_forward_proj: 'swish' }, /feed_forward_proj is "swish"/],
    [{ model_type: 'bart' }, /of type "bart"; only t5, mt5, umt5 can be used/],
    [
      { model_type: 'mt5', d_ff: undefined },
      /wo\.weight is \[128, 256\], but config\.json asks for \[128, 1024\]/,
    ],
    [{ model_type: 'umt5', num_layers: '2' }, /values that no umt5 has[^]*num_layers is "2"/],
  ])('is refused for %o', async (changes, words) => {
    expect(await judgeAfter(set(changes))).toMatch(words);
  });

  const addToken = changeJson('tokenizer.json', (value) => ({
    ...value,
    added_tokens: [...(value['added_tokens'] as unknown[]), { id: 1800, content: '[ASP]' }],
  }));

  it('is refused where its tokenizer has more tokens than its embedding rows, both numbers named', async () => {
    expect(await judgeAfter(addToken)).toContain('the tokenizer has 1801 tokens, the model 1800 rows');
    expect(await judgeAfter(addToken, { resizes: true })).toBeNull();
  });

  it.each(['config.json', 'tokenizer.json'])('is refused where %s is cut off', async (name) => {
    const cut = async (folder: string): Promise<void> => {
      await writeFile(join(folder, name), (await readFile(join(folder, name))).subarray(0, 300));
    };
    expect(await judgeAfter(cut)).toContain(`${name} is not JSON`);
  });

  it('is refused without a tokenizer', async () => {
    expect(await judgeAfter((folder) => rm(join(folder, 'tokenizer.json')))).toContain('it has no tokenizer');
  });

  it('is refused with cut weights', async () => {
    const cut = async (folder: string): Promise<void> => {
      const path = join(folder, 'model.safetensors');
      await writeFile(path, (await readFile(path)).subarray(0, -9));
    };
    expect(await judgeAfter(cut)).toContain('no whole safetensors file');
  });

  it('is named where it is a LoRA adapter', async () => {
    const adapter = async (folder: string): Promise<void> => {
      await writeFile(join(folder, 'adapter_config.json'), '{"peft_type":"LORA"}');
      await rm(join(folder, 'config.json'));
    };
    expect(await judgeAfter(adapter)).toMatch(/is a LoRA adapter[^]*merge_and_unload/);
  });
});

describe('what is read of foreign models', () => {
  it('never throws for any configuration', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { config, problems } = findConfigProblems(value, 't5');
        expect(config === null).toBe(problems.length > 0);
      }),
    );
  });

  it('gives an error with words or shapes for any header', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.nat(), (text, bytes) => {
        try {
          for (const [, { shape }] of parseHeader(text, bytes)) expect(shape.every((n) => n >= 0)).toBe(true);
        } catch (error) {
          expect((error as Error).message).toMatch(/header|ends before/);
        }
      }),
    );
  });
});
