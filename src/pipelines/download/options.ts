/** Options of a download, and what it reports of each item. */
export interface DownloadOptions {
  readonly what: 'all' | 'model' | 'corpus' | 'benchmark';
  /** Instead of the paper's: a repository on the hub, or for the benchmark one on GitHub. */
  readonly repo?: string;
  /** Branch, tag or commit; for the benchmark a commit. */
  readonly revision?: string;
  /** Globs of files to take instead of the usual choice. */
  readonly include?: readonly string[];
  /** Globs of files to leave out. */
  readonly exclude?: readonly string[];
  /** Folder for plain files. Without it models stay in the hub's cache, where they are found by name. */
  readonly to?: string;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** Connections at once. */
  readonly concurrency?: number;
  /** Ask nothing of the network: check what is there. */
  readonly offline?: boolean;
  /** Fetch again what is there, and replace files that differ. */
  readonly force?: boolean;
  /** Folder that `to` and its defaults start from; the working folder unless said otherwise. */
  readonly cwd?: string;
}

export interface DownloadedItem {
  readonly what: 'model' | 'corpus' | 'benchmark';
  readonly repo: string;
  readonly revision: string;
  /** What everything comes from. */
  readonly commit: string;
  /** Where the files are (or would be). */
  readonly folder: string;
  /** Sizes are null for files of the benchmark that were never seen. */
  readonly files: readonly {
    readonly path: string;
    readonly bytes: number | null;
    readonly isThere: boolean;
  }[];
  readonly bytes: number;
  readonly bytesThere: number;
  /** On the disk of the folder, before anything was fetched. */
  readonly freeBytes: number;
}
