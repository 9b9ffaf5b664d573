/** The words of the benchmark (section 3 of the design), shared by every room. */

export const TASKS = ['atsa', 'acsa', 'aste', 'tasd', 'asqp', 'acos'] as const;
/** Which tuples are asked for; a file of this room each. */
export type TaskName = (typeof TASKS)[number];
export type Task = TaskName;

export const ELEMENTS = ['term', 'category', 'opinion', 'polarity'] as const;
/** One part of a tuple. */
export type ElementName = (typeof ELEMENTS)[number];

/** The labels of a dataset that declares none of its own. */
export const POLARITIES = ['positive', 'neutral', 'negative', 'conflict'] as const;

export const SUBSETS = ['all', 'test', 'hard', 'implicit', 'multiple'] as const;
/** The sentences of a test set that are marked as hard, in a file of their own. */
export const HARD_FILE = 'hard_test.json';

/** A part of the test set; `all` is test.json followed by hard_test.json. */
export type SubsetName = (typeof SUBSETS)[number];

export const DUPLICATE_RULES = ['each', 'once'] as const;
/** How often a repeated predicted pair counts: `each` time (the published metric) or `once` per sentence. */
export type DuplicateRule = (typeof DUPLICATE_RULES)[number];

export const TARGET_ORDERS = ['text', 'reference'] as const;
/** `text`: terms by numeric position; `reference`: the published order, which compares offsets as strings. */
export type TargetOrder = (typeof TARGET_ORDERS)[number];

/** Whether predictions are compared with gold as it is, or as the model's tokenizer would write it. */
export const COMPARISONS = ['exact', 'tokenizer-normalised'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const COUNTINGS = ['tuples', 'published', 'field'] as const;
/**
 * Which count a score is. `tuples`: gold compared as tuples, pieces that cannot be read set aside; `published`:
 * gold sent through the parser too, 1 over nothing (arXiv 2412.18552); `field`: every piece a prediction
 * (ABSA-QUAD, GAS, MvP).
 */
export type Counting = (typeof COUNTINGS)[number];
