// biome-ignore-all format: generated
/** Settings under `baseline`. Generated from schema.ts by `npm run generate`. */
export type BaselineConfig = {
  /**
   * Name in the tables: openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model.
   * @defaultValue `{}`
   */
  models: Record<string, string>;
  /**
   * Demonstrations before each question, each number a cell.
   * @defaultValue `[0,4]`
   */
  shots: number[];
  /**
   * Seeds that draw demonstrations, each one a cell.
   * @defaultValue `[42,52,62]`
   */
  seeds: number[];
  /**
   * The same for all, drawn for each sentence, or the training sentences most like it (BM25).
   * @defaultValue `"fixed"`
   */
  demos: 'fixed' | 'perRow' | 'similar';
  /**
   * 0 always takes the likeliest word.
   * @defaultValue `0`
   */
  temperature: number;
  /**
   * Answers end here.
   * @defaultValue `150`
   */
  maxAnswerTokens: number;
  /**
   * Test sentences asked about; null asks about all.
   * @defaultValue `null`
   */
  limit: number | null;
  /**
   * US dollars that are never exceeded; null does not limit.
   * @defaultValue `null`
   */
  budget: number | null;
};
