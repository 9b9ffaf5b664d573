/** One cell in context: every test sentence asked once, the answers read and scored as any model's are. */
import { Readable } from 'node:stream';
import type { Config } from '../../config/schema.js';
import { FsaError } from '../../errors.js';
import type { CellResult } from '../../runs/types.js';
import { taskNamed } from '../../tasks/registry.js';
import { digestOfFamily, keyOf } from '../../teacher/answers/question-key.js';
import type { AnsweredRecord } from '../../teacher/answers/records.js';
import type { AskItem } from '../../teacher/asking/ask-all.js';
import { chooseDemonstrations } from '../../teacher/in-context/demonstrations.js';
import type { Described } from '../../teacher/in-context/opinions-form.js';
import { readSequence, writeSentenceQuestion } from '../../teacher/in-context/question.js';
import type { Message, Question } from '../../teacher/llm/provider.js';
import { boundInput, estimateInput } from '../../teacher/spending/tokens.js';
import type { LlmSession } from '../llm/sessions.js';
import { scoreTest } from '../eval/cell-scores.js';
import { toPredictionLines } from '../eval/prediction-lines.js';
import { factsOf } from '../eval/cell.js';
import { Attempt, type AttemptContext } from '../run/attempt.js';
import type { BaselineCell } from './plan.js';

export interface BaselineContext extends AttemptContext {
  readonly config: Config;
}

/** More sentences without an answer than this make a figure that means something else. */
const UNANSWERED_ALLOWED = 0.01;
/** Of why they have none. */
const REASONS_TOLD = 3;

/** @throws FsaError DATA where too many sentences have no answer; API, BUDGET */
export async function runBaselineCell(
  cell: BaselineCell,
  attempt: number,
  session: LlmSession,
  context: BaselineContext,
): Promise<CellResult> {
  const { run, config, emit } = context;
  const folder = await run.jobFolder(cell.id);
  const facts = factsOf(cell);
  const trying = new Attempt({ facts, attempt, epochs: null, metricsFolder: folder }, context);
  await trying.writeState('running');
  emit({ type: 'job-started', ...facts, workerId: session.name, attempt });
  const isHeld = await session.holdsForms();
  const items = await questionsOf(cell, session, config, isHeld);
  const { index } = session.log;
  await session.ask(Readable.from(items.filter(({ key }) => !index.has(key))));
  const answers = await Promise.all(items.map(async ({ key }) => await index.read(key)));
  const unanswered = answers.filter((answer) => answer === null).length;
  if (unanswered > UNANSWERED_ALLOWED * answers.length) {
    const why = reasonsOf(items, index.failures);
    const message = `${unanswered} of ${answers.length} sentences have no answer${why === '' ? '' : ` (${why})`}.`;
    throw new FsaError('DATA', message, {
      where: cell.label,
      advice: 'Run the same command again to ask these alone.',
    });
  }
  const task = taskNamed(cell.key.task);
  const texts = answers.map((answer) => (answer === null ? '' : readSequence(answer.text, task)));
  const outputs = await run.writeOutput(`jobs/${cell.id}/predictions.jsonl`, toPredictionLines(cell, texts));
  const usage = usageOf(answers, session, config.llm.concurrency);
  const result: CellResult = {
    jobId: cell.id,
    ...cell.key,
    bestEpoch: 0,
    devF1: [],
    ...scoreTest(cell, texts, config),
    kind: 'in-context',
    inContext: { shots: cell.shots, demos: config.baseline.demos, form: isHeld ? 'json' : 'text' },
    usage,
    device: session.teacher.place.name,
    threads: config.llm.concurrency,
    seconds: ((usage.secondsPerThousand ?? 0) * texts.length) / 1000,
  };
  await trying.writeState('done', { cell: result, outputs });
  const f1 = result.subsets.all?.f1 ?? null;
  trying.finish(f1 === null ? '' : `F1 ${(100 * f1).toFixed(2)}`);
  return result;
}

/** Why questions have no answer, the most frequent reason first; empty where nobody said. */
function reasonsOf(items: readonly AskItem[], failures: ReadonlyMap<string, string>): string {
  const counts = new Map<string, number>();
  for (const { key } of items) {
    const reason = failures.get(key);
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, REASONS_TOLD);
  return sorted.map(([reason, rows]) => `${rows} × ${reason}`).join('; ');
}

async function questionsOf(
  cell: BaselineCell,
  { teacher }: LlmSession,
  { baseline }: Config,
  isHeld: boolean,
): Promise<AskItem[]> {
  const { dataset, key, shots } = cell;
  const { demos: mode, temperature, maxAnswerTokens } = baseline;
  const choose = await chooseDemonstrations(dataset.train, { mode, shots, seed: key.seed });
  const described: Described = {
    task: taskNamed(key.task),
    polarities: dataset.polarities,
    categories: categoriesOf(dataset),
  };
  return dataset.test.map(({ id, sentence }, place) => {
    const how = { temperature, maxAnswerTokens, seed: key.seed, isHeld };
    const question: Question = writeSentenceQuestion(described, sentence, choose(sentence, place), how);
    return {
      key: keyOf(digestOfFamily(teacher.place, question), question.messages.at(-1) as Message),
      id,
      question,
      boundInputTokens: boundInput(question),
      likelyInputTokens: estimateInput(question),
    };
  });
}

/** Categories of the training data alone: what only the test set has, no model is told. */
function categoriesOf({ train }: BaselineCell['dataset']): string[] {
  const found = new Set<string>();
  for (const { goldTuples } of train)
    for (const { category } of goldTuples) if (category != null) found.add(category);
  return [...found].sort();
}

/** What a thousand sentences take; from the log, so that a rerun tells the same. */
function usageOf(
  answers: readonly (AnsweredRecord | null)[],
  { teacher }: LlmSession,
  concurrency: number,
): NonNullable<CellResult['usage']> {
  const known = answers.filter((answer) => answer !== null);
  const sumOf = (valueOf: (answer: AnsweredRecord) => number): number =>
    known.reduce((sum, answer) => sum + valueOf(answer), 0);
  const perThousand = (sum: number): number | null =>
    known.length === 0 ? null : (1000 * sum) / known.length;
  const times = known.map(({ ms }) => ms).sort((a, b) => a - b);
  const quantile = (share: number): number | null => times[Math.ceil(share * times.length) - 1] ?? null;
  return {
    // So many requests were under way together.
    secondsPerThousand: perThousand(sumOf(({ ms }) => ms) / 1000 / concurrency),
    usdPerThousand: teacher.price === null ? null : perThousand(sumOf(({ nanoUsd }) => nanoUsd) / 1e9),
    inputTokensPerThousand: perThousand(sumOf(({ usage }) => usage?.inputTokens ?? 0)),
    outputTokensPerThousand: perThousand(sumOf(({ usage }) => usage?.outputTokens ?? 0)),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    unanswered: answers.length - known.length,
  };
}
