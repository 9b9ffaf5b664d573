/** Where `fsa download` puts data, below the working folder, and where the defaults and the readers look for it. */

export const DATA_FOLDER = 'datasets';
export const CORPUS_FOLDER = `${DATA_FOLDER}/corpus`;
export const BENCHMARK_FOLDER = `${DATA_FOLDER}/fsa-benchmark`;
