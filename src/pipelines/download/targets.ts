/** What the paper needs, and what the user asked for instead. */
import { FsaError } from '../../errors.js';
import { PAPER_MODELS } from '../../config/paper-models.js';
import { BENCHMARK_FOLDER, CORPUS_FOLDER } from '../../config/data-folders.js';
import { BENCHMARK, type BenchmarkManifest } from '../../hub/benchmark/manifest.js';
import { checkRepository, checkRevision, isCommit, type Repository } from '../../hub/api/repository.js';
import type { DownloadOptions } from './options.js';

const CORPUS = 'Gporrt/sentiment-understanding-corpus';

export type DownloadTarget =
  | {
      readonly what: 'model' | 'corpus';
      readonly repository: Repository;
      readonly revision: string;
      /** Null leaves it in the hub's cache. */
      readonly to: string | null;
    }
  | { readonly what: 'benchmark'; readonly manifest: BenchmarkManifest; readonly to: string };

/** @throws FsaError USAGE when options do not go together */
export function chooseTargets(options: DownloadOptions): DownloadTarget[] {
  const { what } = options;
  if (what === 'all') {
    for (const name of ['repo', 'revision', 'to', 'include', 'exclude'] as const) {
      if (options[name] !== undefined) throw onlyForOne(name);
    }
    return [...modelTargets(options), corpusTarget(options), benchmarkTarget(options)];
  }
  if (what === 'model') return modelTargets(options);
  return [what === 'corpus' ? corpusTarget(options) : benchmarkTarget(options)];
}

function modelTargets(options: DownloadOptions): DownloadTarget[] {
  if (options.repo === undefined && options.revision !== undefined) throw onlyForOne('revision', '--repo');
  if (options.repo === undefined && options.to !== undefined) throw onlyForOne('to', '--repo');
  const ids = options.repo === undefined ? PAPER_MODELS : [options.repo];
  return ids.map((id) => ({
    what: 'model',
    repository: checkRepository('model', id),
    revision: checkRevision(options.revision ?? 'main'),
    to: options.to ?? null,
  }));
}

function corpusTarget(options: DownloadOptions): DownloadTarget {
  return {
    what: 'corpus',
    repository: checkRepository('dataset', options.repo ?? CORPUS),
    revision: checkRevision(options.revision ?? 'main'),
    to: options.to ?? CORPUS_FOLDER,
  };
}

function benchmarkTarget({ repo, revision, to, include, exclude }: DownloadOptions): DownloadTarget {
  if (include !== undefined || exclude !== undefined) {
    throw new FsaError('USAGE', 'The benchmark comes whole: --include and --exclude do not apply to it.', {
      advice: 'Leave them out.',
    });
  }
  if (revision !== undefined && !isCommit(revision)) {
    throw new FsaError('USAGE', `${JSON.stringify(revision)} is not a commit.`, {
      advice: 'The benchmark is pinned: give the 40 characters of a commit with --revision.',
    });
  }
  if (repo !== undefined) checkRepository('dataset', repo);
  const manifest = {
    ...BENCHMARK,
    repository: repo ?? BENCHMARK.repository,
    commit: revision ?? BENCHMARK.commit,
  };
  // Digests speak of the pinned commit; a fork of it is held to them too.
  const isPinned = manifest.commit === BENCHMARK.commit;
  const files = isPinned
    ? BENCHMARK.files
    : BENCHMARK.files.map(({ path }) => ({ path, bytes: null, sha256: null }));
  return { what: 'benchmark', manifest: { ...manifest, files }, to: to ?? BENCHMARK_FOLDER };
}

function onlyForOne(name: string, need = 'model, corpus or benchmark'): FsaError {
  return new FsaError('USAGE', `--${name} is about one download, and several were asked for.`, {
    advice: need.startsWith('--') ? `Add ${need}.` : `Name one: ${need}.`,
  });
}
