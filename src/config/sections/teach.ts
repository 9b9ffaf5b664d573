// biome-ignore-all format: generated
/** Settings under `teach`. Generated from schema.ts by `npm run generate`. */
export type TeachConfig = {
  /**
   * Files, folders or globs of reviews: JSON lines, CSV or Parquet.
   * @defaultValue `[]`
   */
  reviews: string[];
  /**
   * What is asked about each review.
   * @defaultValue `["analysis","rewrite"]`
   */
  kinds: ('analysis' | 'rewrite')[];
  /**
   * Restaurant, laptop, or the name of your own.
   * @defaultValue `"restaurant"`
   */
  domain: string;
  /**
   * JSON lines with your own demonstrations; null takes those of the domain.
   * @defaultValue `null`
   */
  demonstrations: string | null;
  /**
   * 0 always takes the likeliest word.
   * @defaultValue `0`
   */
  temperature: number;
  /**
   * Answers end here.
   * @defaultValue `512`
   */
  maxAnswerTokens: number;
  /**
   * Reviews asked about; null asks about all.
   * @defaultValue `null`
   */
  limit: number | null;
  /**
   * US dollars that are never exceeded; null does not limit.
   * @defaultValue `null`
   */
  budget: number | null;
  /**
   * Tokens that are never exceeded; null does not limit.
   * @defaultValue `null`
   */
  maxTokens: number | null;
  /**
   * Ask nothing about reviews that hold a dev or test sentence of eval.datasets.
   * @defaultValue `true`
   */
  dropOverlaps: boolean;
  /**
   * Rows in one file of answers or corpus.
   * @defaultValue `20000`
   */
  shardRows: number;
  /**
   * Name of the answers in the corpus.
   * @defaultValue `"teacher_response"`
   */
  answerField: string;
  filters: {
    /**
     * Answers that reached maxAnswerTokens.
     * @defaultValue `"drop"`
     */
    cut: 'drop' | 'trim' | 'keep';
    /**
     * A line of courtesy before an answer ("Sure! Here is ...:"), a fence around it.
     * @defaultValue `"trim"`
     */
    wrapped: 'trim' | 'drop' | 'keep';
    /**
     * Text after the last block of an analysis.
     * @defaultValue `"trim"`
     */
    runsOn: 'trim' | 'drop' | 'keep';
    /**
     * Labels that are not on the scale of five.
     * @defaultValue `"map"`
     */
    offScale: 'map' | 'drop' | 'keep';
    /**
     * Rewritings that repeat the review.
     * @defaultValue `"drop"`
     */
    copy: 'drop' | 'keep';
    /**
     * Rewritings of less than half the words of the review.
     * @defaultValue `"drop"`
     */
    tooShort: 'drop' | 'keep';
    /**
     * Analyses whose summed strength contradicts the stars.
     * @defaultValue `"keep"`
     */
    stars: 'drop' | 'keep';
  };
  judge: {
    /**
     * Second model that grades every answer from 1 to 5, named as llm.model is; null asks nobody.
     * @defaultValue `null`
     */
    model: string | null;
    /**
     * Answers with a lower grade are dropped; null only counts grades.
     * @defaultValue `null`
     */
    minScore: number | null;
    /**
     * Environment variable that holds the key of the judge's server; null takes the usual one.
     * @defaultValue `null`
     */
    keyFrom: string | null;
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
    };
  };
};
