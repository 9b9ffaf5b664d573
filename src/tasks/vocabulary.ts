/** The words of the benchmark (section 3 of the design), shared by every room. */

export const TASKS = ['atsa', 'acsa'] as const;
/** `atsa`: aspect term and polarity; `acsa`: aspect category and polarity. */
export type Task = (typeof TASKS)[number];

export const POLARITIES = ['positive', 'neutral', 'negative', 'conflict'] as const;
export type Polarity = (typeof POLARITIES)[number];

export const SUBSETS = ['all', 'test', 'hard', 'implicit', 'multiple'] as const;
/** A part of the test set; `all` is test.json followed by hard_test.json. */
export type SubsetName = (typeof SUBSETS)[number];

export const DUPLICATE_RULES = ['each', 'once'] as const;
/** How often a repeated predicted pair counts: `each` time (the published metric) or `once` per sentence. */
export type DuplicateRule = (typeof DUPLICATE_RULES)[number];

export const TARGET_ORDERS = ['text', 'reference'] as const;
/** `text`: terms by numeric position; `reference`: the published order, which compares offsets as strings. */
export type TargetOrder = (typeof TARGET_ORDERS)[number];
