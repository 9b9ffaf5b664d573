// biome-ignore-all format: generated
/** Settings under `llm`. Generated from schema.ts by `npm run generate`. */
export type LlmConfig = {
  /**
   * Openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model; with baseUrl the name alone.
   * @defaultValue `null`
   */
  model: string | null;
  /**
   * Address of an OpenAI-compatible server; null takes the one of model.
   * @defaultValue `null`
   */
  baseUrl: string | null;
  /**
   * Environment variable that holds the key; null takes the usual one.
   * @defaultValue `null`
   */
  keyFrom: string | null;
  /**
   * Name of the server in the keys of answers; null takes its host.
   * @defaultValue `null`
   */
  name: string | null;
  /**
   * How an answer is begun for the model; auto does what the known servers can.
   * @defaultValue `"auto"`
   */
  prefill: 'auto' | 'off' | 'continue' | 'prefix';
  /**
   * What the account allows; null does not limit.
   * @defaultValue `null`
   */
  requestsPerMinute: number | null;
  /**
   * What the account allows; null does not limit.
   * @defaultValue `null`
   */
  tokensPerMinute: number | null;
  /**
   * Requests under way at once.
   * @defaultValue `16`
   */
  concurrency: number;
  /**
   * A request that receives nothing for so long is given up.
   * @defaultValue `120`
   */
  timeoutSeconds: number;
  /**
   * Failures of one question before it is given up.
   * @defaultValue `6`
   */
  maxAttempts: number;
  /**
   * What the model takes in and gives out together; longer questions are not asked.
   * @defaultValue `null`
   */
  contextTokens: number | null;
  /**
   * Longest pause a server may ask for.
   * @defaultValue `120`
   */
  maxWaitSeconds: number;
  /**
   * Hold short answers to a JSON schema (response_format) where the server does so.
   * @defaultValue `"auto"`
   */
  structured: 'auto' | 'off';
  /**
   * A batch under way is asked after this often.
   * @defaultValue `30`
   */
  batchPollSeconds: number;
  /**
   * Most questions in one batch.
   * @defaultValue `50000`
   */
  batchRows: number;
  price: {
    /**
     * US dollars for a million input tokens; null takes the published price.
     * @defaultValue `null`
     */
    input: number | null;
    /**
     * US dollars for a million output tokens.
     * @defaultValue `null`
     */
    output: number | null;
    /**
     * US dollars for a million input tokens that the server had cached.
     * @defaultValue `null`
     */
    cachedInput: number | null;
    /**
     * Share of the price that a batch costs; null takes half where the server is known to give it.
     * @defaultValue `null`
     */
    batchFactor: number | null;
  };
};
