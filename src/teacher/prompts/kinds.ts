/** What a teacher is asked for about a review. */
export const KINDS = ['analysis', 'rewrite'] as const;
export type Kind = (typeof KINDS)[number];
