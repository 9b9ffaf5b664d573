// biome-ignore-all format: generated
/** Settings under `zeroshot`. Generated from schema.ts by `npm run generate`. */
export type ZeroshotConfig = {
  /**
   * Name in the table: folder, run, or hub id.
   * @defaultValue `{}`
   */
  students: Record<string, string>;
  /**
   * The undistilled model to compare with; null takes the one that the student was made from.
   * @defaultValue `null`
   */
  floor: string | null;
  /**
   * Corpus (the stored answers of the data), or the name of a language model to ask.
   * @defaultValue `null`
   */
  teacher: string | null;
  /**
   * Files with text and label or stars; datasets at term level.
   * @defaultValue `[]`
   */
  data: string[];
  /**
   * Judge whole texts, or the given terms of a dataset.
   * @defaultValue `"text"`
   */
  level: 'text' | 'term';
  /**
   * Score compares labels as continuations, read reads what the student writes.
   * @defaultValue `"score"`
   */
  rule: 'score' | 'read';
  /**
   * How the judgements of an analysis become one.
   * @defaultValue `"sum"`
   */
  verdict: 'sum' | 'majority' | 'strongest' | 'first' | 'last';
  /**
   * A language model is asked for one label, or for an analysis that is read as a student's is.
   * @defaultValue `"label"`
   */
  ask: 'label' | 'analysis';
  /**
   * Prior takes off what an empty review would score.
   * @defaultValue `"prior"`
   */
  calibrate: 'prior' | 'none';
  labels: {
    /**
     * Label words whose probabilities add up to blame.
     * @defaultValue `["Very Negative","Negative"]`
     */
    negative: string[];
    /**
     * Label words that stand for neither.
     * @defaultValue `["Mild"]`
     */
    neutral: string[];
    /**
     * Label words whose probabilities add up to praise.
     * @defaultValue `["Positive","Very Positive"]`
     */
    positive: string[];
  };
  /**
   * Rows judged; null judges all.
   * @defaultValue `null`
   */
  limit: number | null;
  /**
   * US dollars that are never exceeded; null does not limit.
   * @defaultValue `null`
   */
  budget: number | null;
};
