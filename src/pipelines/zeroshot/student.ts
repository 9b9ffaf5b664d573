/** A student as a classifier: its labels scored as continuations, or its own analysis read. */
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { SentimentClass } from '../../data/reviews/labelled.js';
import { requireRuntime } from '../../runtime/drift.js';
import type { Slot } from '../../runtime/slot.js';
import { openWorkerHost } from '../../workers/host.js';
import type { Worker } from '../../workers/worker.js';
import { findSlots } from '../run/slots.js';
import type { Work } from '../run/run-handle.js';
import { judgeModel } from '../sources/judge-model.js';
import { resolveModel, type ModelSource } from '../sources/model.js';
import { resolveStudent, type Student } from '../sources/student.js';
import type { ZeroshotRow } from './rows.js';
import { classOfAnswer, classOfScores, labelWords } from './verdicts.js';
import { makeFolder } from '../../storage/make-folder.js';

export interface NamedStudent {
  readonly name: string;
  readonly kind: 'student' | 'floor';
  readonly source: ModelSource;
  readonly student: Student;
}

/** @throws FsaError CONFIG where there is no such model */
export async function findStudent(
  name: string,
  kind: NamedStudent['kind'],
  spec: string,
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<NamedStudent> {
  const source = await resolveModel(spec, cwd, signal);
  await judgeModel(source, { resizes: false });
  return { name, kind, source, student: await resolveStudent(spec, cwd, { raw: true }) };
}

/** Rows sent in one message. */
const ROWS_TOGETHER = 256;
const PAIRS_TOGETHER = 64;
/** What is judged where the text as a whole is. */
const WHOLE_TARGET = 'overall experience';

export interface Judged {
  readonly classes: readonly (SentimentClass | null)[];
  readonly seconds: number;
}

/** Judges with every student on one worker, one after the other. */
export async function withStudents<T>(
  config: Config,
  folder: string,
  { emit, signal }: Work,
  work: (
    judge: (
      student: NamedStudent,
      rows: readonly ZeroshotRow[],
      classes: readonly SentimentClass[],
    ) => Promise<Judged>,
  ) => Promise<T>,
): Promise<T> {
  const runtime = await requireRuntime();
  const [slot] = await findSlots(config, { parallel: 1, perGpu: 1, threads: null });
  const place: Slot = slot ?? { name: 'cpu', device: 'cpu', visibleGpu: null, threads: 1 };
  await makeFolder(join(folder, 'workers'));
  const host = await openWorkerHost({ python: runtime.python, emit, signal });
  try {
    const worker = await host.launch({ slot: place, logPath: join(folder, 'workers', `${place.name}.log`) });
    return await work(async (student, rows, classes) => {
      const judge = new StudentJudge(worker, student, config.zeroshot, signal);
      const startedMs = performance.now();
      const found = await judge.classesOf(rows, classes);
      const seconds = (performance.now() - startedMs) / 1000;
      return { classes: found, seconds };
    });
  } finally {
    await host.close();
  }
}

class StudentJudge {
  #calls = 0;

  constructor(
    private readonly worker: Worker,
    private readonly named: NamedStudent,
    private readonly settings: Config['zeroshot'],
    private readonly signal: AbortSignal,
  ) {}

  async classesOf(
    rows: readonly ZeroshotRow[],
    classes: readonly SentimentClass[],
  ): Promise<(SentimentClass | null)[]> {
    const { rule, verdict } = this.settings;
    if (rule === 'score') return await this.#score(rows, classes);
    const answers = await this.#write(rows);
    const read = rows.map((row, index) => classOfAnswer(row, answers[index] ?? '', verdict, classes));
    // What an analysis leaves open, the scores decide.
    const open = rows.filter((_, index) => read[index] === null);
    const decided = (await this.#score(open, classes)).values();
    return read.map((found) => found ?? decided.next().value ?? null);
  }

  async #score(rows: readonly ZeroshotRow[], classes: readonly SentimentClass[]): Promise<SentimentClass[]> {
    if (rows.length === 0) return [];
    const words = labelWords(this.settings.labels);
    const isCalibrated = this.settings.calibrate === 'prior';
    const beginnings = [...new Set(rows.map(({ term }) => this.#beginning(term)))];
    const priors = new Map<string, readonly number[]>();
    if (isCalibrated) {
      const scores = await this.#scoresOf(beginnings.map((beginning) => ({ text: '', beginning })));
      for (const [index, beginning] of beginnings.entries()) priors.set(beginning, scores[index] ?? []);
    }
    const questions = rows.map(({ text, term }) => ({
      text: this.#asRead(text),
      beginning: this.#beginning(term),
    }));
    const scores = await this.#scoresOf(questions);
    return scores.map((one, index) =>
      classOfScores(one, priors.get(questions[index]?.beginning ?? '') ?? null, words, classes),
    );
  }

  /** How an analysis begins up to its first label. */
  #beginning(term: string | null): string {
    const target = `Opinion Target 1: "${term ?? WHOLE_TARGET}"`;
    return this.#asRead([target, 'Aspect: General Assessment', 'Sentiment:'].join('\n'));
  }

  #asRead(text: string): string {
    const { lineBreakToken } = this.named.student;
    return lineBreakToken === null ? text : text.replaceAll('\n', lineBreakToken);
  }

  async #scoresOf(questions: readonly { text: string; beginning: string }[]): Promise<number[][]> {
    const labels = labelWords(this.settings.labels).map(({ word }) => word);
    const found: number[][] = [];
    for (let at = 0; at < questions.length; at += ROWS_TOGETHER) {
      const spec = { kind: 'score-labels', ...this.#common(), labels, batchSize: PAIRS_TOGETHER } as const;
      const part = questions.slice(at, at + ROWS_TOGETHER);
      const { scores } = await this.worker.run<'score-labels'>({ ...spec, questions: part }, this.#call());
      found.push(...scores);
    }
    return found;
  }

  async #write(rows: readonly ZeroshotRow[]): Promise<string[]> {
    const { maxGeneratedTokens, lineBreakToken } = this.named.student;
    const texts: string[] = [];
    for (let at = 0; at < rows.length; at += ROWS_TOGETHER) {
      const part = rows.slice(at, at + ROWS_TOGETHER).map(({ text }) => this.#asRead(text));
      const output = await this.worker.run<'predict'>(
        {
          kind: 'predict',
          ...this.#common(),
          texts: part,
          maxGeneratedTokens,
          generationBatchSize: PAIRS_TOGETHER,
        },
        this.#call(),
      );
      texts.push(
        ...output.rows.map(({ text }) =>
          lineBreakToken === null ? text : text.replaceAll(lineBreakToken, '\n'),
        ),
      );
    }
    return texts;
  }

  #common() {
    const { student, source } = this.named;
    const { device, threads } = this.worker.slot;
    return {
      placement: { device, threads },
      model: source.folder,
      modelFiles: [...source.files],
      modelDigest: source.digest,
      precision: 'fp32' as const,
      maxInputTokens: student.maxInputTokens,
    };
  }

  #call() {
    this.#calls += 1;
    return { jobId: `zeroshot-${this.#calls}`, attempt: 1, signal: this.signal };
  }
}
