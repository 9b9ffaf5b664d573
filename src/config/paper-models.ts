/** The student that the paper trains, and the two that its authors released. */
export const PAPER_MODELS = [
  'google-t5/t5-base',
  'zhang-yice/t5-sentiment-base',
  'zhang-yice/t5-sentiment-large',
] as const;
