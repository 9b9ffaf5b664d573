/** What a reader of the corpus must know: who wrote it, when, from what, at what cost, and what was left out. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../config/schema.js';
import { readRunFile } from '../../runs/run-folder.js';
import { hashFiles } from '../../storage/digest.js';
import { isThere } from '../../storage/is-there.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { TEACHER_TRAITS, type TeachRun } from './open.js';
import type { TeachResult } from './types.js';
import type { Teacher } from '../llm/teacher.js';

export interface CardParts {
  readonly config: Config;
  readonly teacher: Teacher;
  readonly run: TeachRun;
}

/** Writes `README.md`, a dataset card, and `costs.json`. */
export async function writeCard(result: Omit<TeachResult, 'seconds'>, parts: CardParts): Promise<void> {
  const { run, teacher } = parts;
  const { costs } = result;
  await run.write('costs.json', `${JSON.stringify({ ...costs, price: teacher.price }, null, 2)}\n`);
  const origin = await originText(run.folder, result.corpusFolder);
  await run.write('README.md', cardText(result, parts, { warnings: await readWarnings(run.folder), origin }));
}

/** What the teacher's server does not do; none where nobody was asked over the network. */
async function readWarnings(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, TEACHER_TRAITS), 'utf8').catch(() => '');
  const kept = z.object({ warnings: z.array(z.string()) }).safeParse(jsonOrNull(text));
  return kept.success ? kept.data.warnings : [];
}

function cardText(
  { plan, kinds, costs, failures }: Omit<TeachResult, 'seconds'>,
  { config, teacher }: CardParts,
  { warnings, origin }: { readonly warnings: readonly string[]; readonly origin: string },
): string {
  const { place } = teacher;
  const usd = (value: number | null): string => (value === null ? 'unknown' : `$${value.toFixed(4)}`);
  const rows = Object.entries(kinds).map(
    ([kind, { answers, kept, unanswered }]) =>
      `| ${kind} | ${plan.reviews} | ${answers} | ${kept} | ${unanswered} |`,
  );
  const filters = Object.entries(kinds).flatMap(([kind, corpus]) =>
    Object.entries(corpus.filters).map(
      ([name, { found, dropped, share, examples }]) =>
        `| ${kind} | ${name} | ${found} (${(100 * share).toFixed(1)} %) | ${dropped} | ${examples.join(', ')} |`,
    ),
  );
  const skipped = Object.entries(plan.skipped).map(([reason, count]) => `- ${reason}: ${count}`);
  const failed = Object.entries(failures).map(([reason, count]) => `- ${reason}: ${count}`);
  return `---
task_categories: [text2text-generation]
license: other
license_name: fill-in
---

# A teacher's corpus: ${config.teach.domain}

Written by **${place.model}** (${place.name}, ${place.baseUrl}), temperature ${config.teach.temperature}, at most ${config.teach.maxAnswerTokens} tokens an answer.
${warnings.map((warning) => `${warning}\n`).join('')}Requests, answers and what they cost stand in \`answers/\`; the corpus was made from them with the filters below.

| kind | reviews | answers | kept | without an answer |
|---|---|---|---|---|
${rows.join('\n')}

## Filters

| kind | filter | found in | dropped | first ids |
|---|---|---|---|---|
${filters.join('\n')}

Settings: ${JSON.stringify(config.teach.filters)}

## Grades

${gradesText(kinds, config)}

## What it was made from, and what came of it

${origin}

## Rows that nobody was asked about

${skipped.length === 0 ? 'None.' : skipped.join('\n')}

## Questions without an answer

${failed.length === 0 ? 'None.' : failed.join('\n')}

## Cost

${usd(costs?.usdSpent ?? null)} spent, ${usd(costs?.usdPossible ?? null)} more may have been charged for ${costs?.lostRequests ?? 0} requests whose answer was lost and for answers without a count of tokens. Price: ${costs?.priceSource ?? 'unknown'}.

## Licence

To be filled in: the terms of the teacher's provider say what its output may be used for, and the reviews have a licence of their own.
`;
}

/** Dates and digests: whoever has the corpus can tell whether it is this one, and whether it could be made again. */
async function originText(folder: string, corpusFolder: string | null): Promise<string> {
  const run = await readRunFile(folder);
  if (run === null) return 'Unknown.';
  const families = Object.entries((run.identity['questions'] ?? {}) as Record<string, string>);
  const corpus = corpusFolder !== null && (await isThere(corpusFolder)) ? await hashFiles(corpusFolder) : [];
  const rows = [
    ...Object.entries(run.hashes).map(([path, sha256]) => `| reviews | ${basename(path)} | ${sha256} |`),
    ...families.map(([kind, digest]) => `| prompt and demonstrations | ${kind} | ${digest} |`),
    ...corpus.map(({ name, sha256 }) => `| corpus | corpus/${name} | ${sha256} |`),
  ];
  return `Begun on ${run.createdAt.slice(0, 10)}, written on ${new Date().toISOString().slice(0, 10)}, with fsa ${run.fsaVersion}.

| what | name | SHA-256 |
|---|---|---|
${rows.join('\n')}`;
}

function gradesText(kinds: TeachResult['kinds'], { teach: { judge } }: Config): string {
  if (judge.model === null) return 'Nobody graded the answers.';
  const rows = Object.entries(kinds).map(([kind, { grades }]) =>
    grades === null
      ? `| ${kind} | 0 | | |`
      : `| ${kind} | ${grades.graded} | ${grades.mean.toFixed(2)} | ${Object.entries(grades.counts)
          .map(([score, count]) => `${score}: ${count}`)
          .join(', ')} |`,
  );
  const least =
    judge.minScore === null
      ? 'none was dropped for its grade'
      : `those with less than ${judge.minScore} were dropped`;
  return `By ${judge.model}, from 1 to 5, of the answers that the other filters keep; ${least}.

| kind | graded | mean | how many got each |
|---|---|---|---|
${rows.join('\n')}`;
}
