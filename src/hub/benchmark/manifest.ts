/**
 * The files of the published benchmark (arXiv 2412.18552): the folder `fsa_datasets/w_hard` of the paper's
 * repository, pinned to a commit. Where size and digest are null they were not known when this was written;
 * what the first download receives is recorded on the user's machine and checked from then on.
 */

export interface BenchmarkFile {
  /** Path below the folder, and below where the benchmark is put. */
  readonly path: string;
  readonly bytes: number | null;
  readonly sha256: string | null;
}

export interface BenchmarkManifest {
  /** Owner and name on GitHub. */
  readonly repository: string;
  readonly commit: string;
  readonly folder: string;
  readonly files: readonly BenchmarkFile[];
}

export const BENCHMARK: BenchmarkManifest = {
  repository: 'HITSZ-HLT/FSA-Distillation',
  commit: 'be9a6d81f67c2c39958fe03c5ba770dca65e7f9c',
  folder: 'fsa_datasets/w_hard',
  files: [
    {
      path: 'atsa/rest14/train.json',
      bytes: 1_008_575,
      sha256: 'c4e7f6908e0e0c1128ee8d74f18882fa72c4d762871d95570a898003d0fd1978',
    },
    {
      path: 'atsa/rest14/dev.json',
      bytes: 248_625,
      sha256: '3573db15d08ba652a3516459aa277640d2508663686116c051bb78be6bd7a243',
    },
    {
      path: 'atsa/rest14/test.json',
      bytes: 429_118,
      sha256: 'c892fa55877de9efe1732e8a0d3c885c5e81f9d5c489d5dcbddd1463e247c83c',
    },
    {
      path: 'atsa/rest14/hard_test.json',
      bytes: 447_141,
      sha256: '3cffd2e3808261a8a5b448a400898cf99d8e40f04e9877f5ab2ab65062d345cb',
    },
    { path: 'atsa/laptop14/train.json', bytes: null, sha256: null },
    { path: 'atsa/laptop14/dev.json', bytes: null, sha256: null },
    { path: 'atsa/laptop14/test.json', bytes: null, sha256: null },
    { path: 'atsa/laptop14/hard_test.json', bytes: null, sha256: null },
    { path: 'acsa/rest16/train.json', bytes: null, sha256: null },
    { path: 'acsa/rest16/dev.json', bytes: null, sha256: null },
    { path: 'acsa/rest16/test.json', bytes: null, sha256: null },
    { path: 'acsa/rest16/hard_test.json', bytes: null, sha256: null },
    {
      path: 'acsa/laptop16/train.json',
      bytes: 848_863,
      sha256: '042ca71863e13d0b16fbb00c45c2d183dc43802fe70b159b1ef9f066984f6b33',
    },
    {
      path: 'acsa/laptop16/dev.json',
      bytes: 206_828,
      sha256: '74785156c40899fddbf6f323daaa4301be06c12db13221593b74a8908834213e',
    },
    {
      path: 'acsa/laptop16/test.json',
      bytes: 453_519,
      sha256: '6b2148317d1d132b84809b947e2598d587c234e326d236e4dcba6654e8c134cd',
    },
    {
      path: 'acsa/laptop16/hard_test.json',
      bytes: 304_781,
      sha256: 'f13dd7971991a1b5b6a69890b6c082a649cd9b8b145c34b33ebfe88aec36897b',
    },
  ],
};
