/** Texts to token ids and back, by the native tokenizer: the same ids as in the Python runtime. */
import type { Tokenizer } from 'tokenizers';
import type { Tokenizers } from './peers.js';

export interface EncodedText {
  readonly ids: readonly number[];
  /** The text was longer than the model reads. */
  readonly cut: boolean;
}

export interface TokenSettings {
  readonly maxInputTokens: number;
  readonly truncationSide: 'left' | 'right';
}

export class TokenIds {
  private constructor(private readonly tokenizer: Tokenizer) {}

  /** @param definition the text of a tokenizer.json */
  static open({ Tokenizer }: Tokenizers, definition: string, settings: TokenSettings): TokenIds {
    const tokenizer = Tokenizer.fromString(definition);
    tokenizer.disablePadding();
    tokenizer.setTruncation(settings.maxInputTokens, {
      direction: settings.truncationSide,
    });
    return new TokenIds(tokenizer);
  }

  async encode(texts: readonly string[]): Promise<EncodedText[]> {
    const encodings = await this.tokenizer.encodeBatch([...texts]);
    return encodings.map((one) => ({ ids: one.getIds(), cut: one.getOverflowing().length > 0 }));
  }

  /** Without special tokens, spaces as the model wrote them. */
  async decode(rows: readonly (readonly number[])[]): Promise<string[]> {
    return await this.tokenizer.decodeBatch(
      rows.map((row) => [...row]),
      true,
    );
  }
}
