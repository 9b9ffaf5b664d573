/** What a batch is made of, on the disk: the questions as they are handed in, and what is known of each row. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import type { Amount } from '../spending/budget.js';

export interface BatchRow {
  readonly id: string;
  /** The most it may cost. */
  readonly worst: Amount;
}

const contentsSchema = z.object({
  prefill: z.string().nullable(),
  maxAnswerTokens: z.int(),
  /** Key, id, nano-dollars and tokens of each. */
  rows: z.array(z.tuple([z.string(), z.string(), z.int(), z.int()])),
});

export interface BatchContents {
  readonly prefill: string | null;
  readonly maxAnswerTokens: number;
  readonly rows: ReadonlyMap<string, BatchRow>;
}

export class BatchFiles {
  constructor(private readonly folder: string) {}

  questionsPath(token: string): string {
    return join(this.folder, `fsa-${token}.jsonl`);
  }

  async writeContents(token: string, { prefill, maxAnswerTokens, rows }: BatchContents): Promise<void> {
    const listed = [...rows].map(([key, { id, worst }]) => [key, id, worst.nanoUsd, worst.tokens]);
    await writeFileAtomic(
      this.#contentsPath(token),
      JSON.stringify({ prefill, maxAnswerTokens, rows: listed }),
    );
  }

  /** @throws FsaError RUN_FOLDER where it is gone or damaged */
  async readContents(token: string): Promise<BatchContents> {
    const path = this.#contentsPath(token);
    const parsed = contentsSchema.safeParse(jsonOrNull(await readFile(path, 'utf8').catch(() => '')));
    if (!parsed.success) {
      throw new FsaError('RUN_FOLDER', 'What a batch under way holds is not known any more.', {
        where: path,
        advice: 'Restore the file: it says which answer belongs to which review.',
      });
    }
    const { prefill, maxAnswerTokens, rows } = parsed.data;
    return {
      prefill,
      maxAnswerTokens,
      rows: new Map(rows.map(([key, id, nanoUsd, tokens]) => [key, { id, worst: { nanoUsd, tokens } }])),
    };
  }

  async remove(token: string): Promise<void> {
    await rm(this.questionsPath(token), { force: true });
    await rm(this.#contentsPath(token), { force: true });
  }

  /** Takes away what a kill left of batches that were never handed in. */
  async removeOthers(tokens: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const [, token = ''] = /^fsa-([0-9a-f]+)\./.exec(name) ?? [];
      if (!tokens.has(token)) await rm(join(this.folder, name), { force: true });
    }
  }

  #contentsPath(token: string): string {
    return join(this.folder, `fsa-${token}.rows.json`);
  }
}
