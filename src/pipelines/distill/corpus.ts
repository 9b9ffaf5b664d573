/** The corpus of a distillation: read, checked, held against the benchmark, and laid out for the worker. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../config/environment.js';
import type { Config } from '../../config/schema.js';
import { type CorpusOverlaps, searchOnce } from '../../data/corpus/known-overlaps.js';
import { type PreparedCorpus, prepareCorpus } from '../../data/corpus/prepare.js';
import { sealOfSource } from '../../data/corpus/source-seal.js';
import { isFsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import type { PairsFile } from '../../rpc/messages.js';
import type { FileSeal } from '../../storage/file-seal.js';
import { requireDiskSpace } from '../../storage/disk-room.js';
import { readingEvents } from '../run/data-progress.js';
import { readHeldOut } from '../sources/held-out.js';
import { makeFolder } from '../../storage/make-folder.js';

export interface RunCorpus {
  readonly train: readonly PairsFile[];
  readonly validation: readonly PairsFile[];
  /** SHA-256 of every part by what it is. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Every file that was read, by its path. */
  readonly sources: Readonly<Record<string, FileSeal>>;
  /** Facts that the report states. */
  readonly notes: readonly string[];
}

interface Sources {
  readonly config: Config;
  readonly cwd: string;
  readonly files: readonly string[];
  /** Held out; empty where a share is. */
  readonly validation: readonly string[];
}

interface Context {
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Reads every byte, also of files that are as they were. */
  readonly verify: boolean;
}

export async function prepareRunCorpus(sources: Sources, context: Context): Promise<RunCorpus> {
  const { files, validation, config } = sources;
  const { emit, signal } = context;
  const { seed, distill: settings } = config;
  const startedMs = performance.now();
  const overlaps = await checkContamination(sources, context);
  const prepared = await prepareCorpus([...files], {
    validation,
    validationShare: settings.validationShare,
    seed,
    cacheFolder: join(cacheFolder(), 'pairs'),
    dropRows: settings.dropOverlaps ? overlaps.rows : undefined,
    skipBadRows: settings.badRows === 'skip',
    onProgress: readingEvents('checking the corpus', emit),
    verify: context.verify,
    signal,
  });
  const seconds = (performance.now() - startedMs) / 1000;
  emit({ type: 'data-prepared', what: 'corpus', rows: prepared.rows, seconds, reused: prepared.reused });
  if (!prepared.reused) await requireSpaceForTokens(prepared);
  const hashes: Record<string, string> = {};
  prepared.train.forEach(({ sha256 }, index) => (hashes[`corpus part ${index + 1}`] = sha256));
  prepared.validation.forEach(({ sha256 }, index) => (hashes[`validation part ${index + 1}`] = sha256));
  return { ...prepared, hashes, notes: [...overlaps.notes, ...tellSkipped(prepared, emit)] };
}

/** Ids of two bytes for about four bytes of text, and their offsets: a mistake on the large side. */
const TOKEN_BYTES_PER_BYTE = 0.75;

/** The worker writes token ids next to the texts: a disk that will not hold them is reported before it starts. */
async function requireSpaceForTokens({ train, validation }: PreparedCorpus): Promise<void> {
  const sizes = await Promise.all([...train, ...validation].map(async ({ path }) => (await stat(path)).size));
  const needed = TOKEN_BYTES_PER_BYTE * sizes.reduce((sum, size) => sum + size, 0);
  const folder = join(cacheFolder(), 'tokens');
  await requireDiskSpace('The token cache', folder, needed);
}

/** Warns of rows that were left out because nothing can be learned from them, and notes their number. */
function tellSkipped({ skipped, firstSkipped, rows }: PreparedCorpus, emit: Emit): string[] {
  if (skipped === 0) return [];
  const what = `${skipped} of ${rows + skipped} corpus rows were left out as bad`;
  const first = firstSkipped === null ? '' : ` (the first: ${firstSkipped.message})`;
  emit({
    type: 'warning',
    message: `${what}${first}. \`fsa data check\` lists them; --set distill.badRows=refuse stops at them.`,
    where: firstSkipped === null ? null : `${firstSkipped.file}:${firstSkipped.line}`,
  });
  return [`${what}.`];
}

/** What the check of a distillation finds: near sentences are looked for by `fsa data overlap`. */
const EXACTLY = ' word for word (apart from case, white space and enclosing punctuation)';

/** Looks for dev and test sentences in the corpus: a student that has read them is measured too well. */
async function checkContamination(
  { files: corpus, validation, config, cwd }: Sources,
  { emit, signal, verify }: Context,
): Promise<{ rows: CorpusOverlaps['rows'] | undefined; notes: string[] }> {
  const { dropOverlaps } = config.distill;
  const files = [...corpus, ...validation];
  const sentences: { readonly sentence: string }[] = [];
  const held: string[] = [];
  for (const name of config.eval.datasets) {
    try {
      for (const { examples } of await readHeldOut(name, { cwd, emit, signal })) sentences.push(...examples);
      held.push(name);
    } catch (error) {
      // A benchmark that was not downloaded cannot be held against; whoever asks to drop overlaps must know.
      if (!isFsaError(error) || dropOverlaps) throw error;
    }
  }
  if (held.length === 0) return { rows: undefined, notes: [] };
  const folder = join(cacheFolder(), 'pairs');
  await makeFolder(folder);
  const contents = await Promise.all(
    files.map(async (path) => ({
      path,
      sha256: (await sealOfSource(path, { cacheFolder: folder, verify, signal })).sha256,
    })),
  );
  const overlaps = await searchOnce(sentences, contents, folder, {
    onProgress: readingEvents('looking for benchmark sentences', emit),
    signal,
  });
  const { rows } = overlaps;
  const count = [...rows.values()].reduce((sum, lines) => sum + lines.size, 0);
  if (count === 0)
    return { rows, notes: [`No dev or test sentence of ${held.join(', ')} stands in the corpus${EXACTLY}.`] };
  const what = `${count} of ${overlaps.rowsSearched} corpus rows hold a dev or test sentence of ${held.join(', ')}${EXACTLY}`;
  if (dropOverlaps) return { rows, notes: [`${what}; they were left out.`] };
  const [first] = [...rows].map(([file, [line]]) => `${file}:${line ?? 1}`);
  emit({
    type: 'warning',
    message: `${what}. Leave them out with --drop-overlaps; \`fsa data overlap\` also finds near ones.`,
    where: first ?? null,
  });
  return { rows, notes: [`${what}; the student was trained on them.`] };
}
