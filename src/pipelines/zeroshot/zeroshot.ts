/** `fsa zeroshot`: students, their floor, a teacher's stored answers and an LLM as classifiers of the same rows. */
import { basename, join, resolve } from 'node:path';
import type { Config } from '../../config/schema.js';
import { readOwnVersion } from '../../config/version.js';
import type { SentimentClass } from '../../data/reviews/labelled.js';
import { FsaError } from '../../errors.js';
import type { Emit } from '../../events.js';
import { readRunFile, RunFolder } from '../../runs/run-folder.js';
import { type ClassScores, scoreClasses } from '../../scoring/classification.js';
import { testPairs } from '../../scoring/paired-test.js';
import { writeFileAtomic } from '../../storage/atomic-write.js';
import { type Demonstration, readDemonstrations } from '../../teacher/prompts/demonstrations.js';
import { type VerdictRule, VERDICT_RULES } from '../../teacher/reading/strengths.js';
import { findTeachers, openSessions } from '../llm/sessions.js';
import { describeMaking } from '../run/making.js';
import { resolveConfig } from '../run/options.js';
import type { Work } from '../run/run-handle.js';
import { withCleanup } from '../run/with-cleanup.js';
import { samplingOf } from '../teach/plan.js';
import { askClasses } from './llm.js';
import { readZeroshotRows, type ZeroshotData, type ZeroshotRow } from './rows.js';
import { findStudent, type NamedStudent, withStudents } from './student.js';
import type { ZeroshotOptions, ZeroshotResult, ZeroshotSystem, ZeroshotTest } from './types.js';
import { classOfAnswer } from './verdicts.js';

/** A system with what it said of every row. */
interface Verdicts extends Pick<ZeroshotSystem, 'name' | 'kind' | 'seconds' | 'usd'> {
  readonly classes: readonly (SentimentClass | null)[];
}

/** @throws FsaError CONFIG, DATA, USAGE before anything is done; API, BUDGET, RUNTIME */
export async function zeroshot(options: ZeroshotOptions, work: Work): Promise<ZeroshotResult> {
  const startedMs = performance.now();
  const cwd = options.cwd ?? process.cwd();
  const config = await resolveConfig(options);
  const { zeroshot: settings } = config;
  const folder = resolve(cwd, options.output ?? 'runs/zeroshot');
  refuseNobody(config);
  const data = await readZeroshotRows(config, cwd, work);
  const students = await findStudents(config, cwd, work);
  const asked =
    settings.teacher === null || settings.teacher === 'corpus'
      ? {}
      : { [settings.teacher]: settings.teacher };
  const teachers = findTeachers(config, asked, settings.budget, cwd);
  const demonstrations = teachers.size > 0 ? await readShown(config, cwd) : [];
  const run = await RunFolder.open(
    folder,
    {
      schema: 1,
      kind: 'zeroshot',
      name: basename(folder),
      createdAt: new Date().toISOString(),
      fsaVersion: readOwnVersion(),
      config,
      identity: { level: settings.level },
      hashes: data.hashes,
      versions: { node: process.versions.node },
      device: config.device,
      notes: [],
      made: await describeMaking(),
    },
    { replace: options.replace === true },
  );
  await run.nameMaker();
  const emit: Emit = (body) => {
    run.record({ ...body, time: new Date().toISOString() });
    work.emit(body);
  };
  const jobs = students.length + teachers.size;
  emit({
    type: 'run-started',
    run: basename(folder),
    folder,
    kind: 'zeroshot',
    jobs,
    alreadyDone: 0,
    slots: [],
  });
  return await withCleanup(
    async () => {
      const verdicts = storedVerdicts(config, data);
      const sessions = await openSessions({
        ...{ config, teachers, folder, emit, signal: work.signal },
        usd: settings.budget,
        drawn: settings.ask === 'label' ? null : samplingOf(config),
      });
      try {
        for (const session of sessions.byName.values()) {
          const asking = { config, demonstrations };
          const { classes, seconds, usd } = await askClasses(session, data.rows, data.classes, asking);
          const price = session.teacher.price === null ? null : usd;
          const name = settings.ask === 'label' ? session.name : `${session.name}, read`;
          verdicts.push({ name, kind: 'llm', classes, seconds, usd: price });
        }
      } finally {
        await sessions.close();
      }
      if (students.length > 0)
        verdicts.push(...(await judgeAll(students, data, { config, folder, work: { ...work, emit } })));
      verdicts.push(mostFrequent(data));
      const result = {
        ...resultOf(config, data, verdicts),
        folder,
        seconds: (performance.now() - startedMs) / 1000,
      };
      await writeResult(folder, result, data.rows, verdicts);
      emit({
        type: 'run-finished',
        run: basename(folder),
        folder,
        done: verdicts.length,
        failed: 0,
        seconds: result.seconds,
      });
      return result;
    },
    () => run.close(),
  );
}

/** What a language model is shown before it analyses; nothing where it is asked for a label alone. */
async function readShown({ zeroshot: { ask }, teach: shown }: Config, cwd: string): Promise<Demonstration[]> {
  if (ask === 'label') return [];
  const file = shown.demonstrations === null ? null : resolve(cwd, shown.demonstrations);
  return await readDemonstrations(shown.domain, file, ['analysis']);
}

function refuseNobody({ zeroshot: { students, teacher, floor } }: Config): void {
  if (Object.keys(students).length > 0 || teacher !== null || floor !== null) return;
  throw new FsaError('USAGE', 'Nobody is named to judge.', {
    advice:
      'Name a student (--student name=PATH), or a teacher (--teacher corpus, --teacher openai:gpt-4o-mini).',
  });
}

/** The students, and the undistilled model that the first of them was made from. */
async function findStudents(config: Config, cwd: string, { emit, signal }: Work): Promise<NamedStudent[]> {
  const { students, floor } = config.zeroshot;
  const found: NamedStudent[] = [];
  for (const [name, spec] of Object.entries(students)) {
    found.push(await findStudent(name, 'student', spec, { cwd, signal }));
  }
  const [first] = Object.values(students);
  const made = first === undefined ? null : await readRunFile(resolve(cwd, first)).catch(() => null);
  const base = floor ?? (typeof made?.config['model'] === 'string' ? made.config['model'] : null);
  if (base === null) return found;
  try {
    const named = await findStudent(`${base} (undistilled)`, 'floor', base, { cwd, signal });
    return [...found, named];
  } catch (error) {
    if (floor !== null) throw error;
    const message = `The undistilled ${base} is not here, so there is no floor to compare with; name one with --floor.`;
    emit({ type: 'warning', message, where: null });
    return found;
  }
}

async function judgeAll(
  students: readonly NamedStudent[],
  { rows, classes }: ZeroshotData,
  { config, folder, work }: { readonly config: Config; readonly folder: string; readonly work: Work },
): Promise<Verdicts[]> {
  return await withStudents(config, folder, work, async (judge) => {
    const verdicts: Verdicts[] = [];
    for (const student of students) {
      const { name, kind } = student;
      const facts = {
        jobId: `zeroshot-${verdicts.length}`,
        label: name,
        task: null,
        dataset: null,
        model: name,
        seed: null,
      };
      const { classes: said, seconds } = await judge(student, rows, classes);
      work.emit({ type: 'job-finished', ...facts, seconds, summary: `${rows.length} rows` });
      verdicts.push({ name, kind, classes: said, seconds, usd: null });
    }
    return verdicts;
  });
}

function storedVerdicts(
  { zeroshot: { teacher, verdict } }: Config,
  { rows, classes }: ZeroshotData,
): Verdicts[] {
  if (teacher !== 'corpus') return [];
  const said = rows.map((row) => classOfAnswer(row, row.answer ?? '', verdict, classes));
  return [{ name: 'stored answers', kind: 'answers', classes: said, seconds: null, usd: null }];
}

/** What is right without reading anything. */
function mostFrequent({ rows, classes }: ZeroshotData): Verdicts {
  const count = (one: SentimentClass): number => rows.filter(({ label }) => label === one).length;
  const most = classes.reduce((best, next) => (count(next) > count(best) ? next : best));
  return {
    name: `always ${most}`,
    kind: 'most frequent',
    classes: rows.map(() => most),
    seconds: null,
    usd: null,
  };
}

function resultOf(
  { zeroshot: { level, rule, teacher } }: Config,
  { rows, classes, leftOut }: ZeroshotData,
  verdicts: readonly Verdicts[],
): Omit<ZeroshotResult, 'folder' | 'seconds'> {
  const gold = rows.map(({ label }) => label);
  const scoresOf = (said: Verdicts['classes']): ClassScores => scoreClasses(gold, said, classes);
  return {
    ...{ level, rule, classes, leftOut, rows: rows.length },
    systems: verdicts.map(({ classes: said, ...system }) => ({ ...system, ...scoresOf(said) })),
    tests: testsOf(gold, verdicts),
    verdictRules:
      teacher !== 'corpus'
        ? []
        : (Object.keys(VERDICT_RULES) as VerdictRule[]).map((name) => {
            const said = rows.map((row) => classOfAnswer(row, row.answer ?? '', name, classes));
            const { right, accuracy, balancedAccuracy } = scoresOf(said);
            return { rule: name, right, accuracy, balancedAccuracy };
          }),
  };
}

/** Every student against every other system; rows on which both are right, or both wrong, decide nothing. */
function testsOf(gold: readonly string[], verdicts: readonly Verdicts[]): ZeroshotTest[] {
  const rightOf = ({ classes }: Verdicts): number[] =>
    gold.map((label, index) => Number(classes[index] === label));
  return verdicts.flatMap((first, place) => {
    if (first.kind !== 'student') return [];
    const others = verdicts.filter((other, index) => other.kind !== 'student' || index > place);
    return others.flatMap((second): ZeroshotTest[] => {
      const theirs = rightOf(second);
      const differences = rightOf(first).map((right, index) => right - (theirs[index] ?? 0));
      const test = testPairs(differences.filter((one) => one !== 0));
      const difference = differences.reduce((sum, one) => sum + one, 0) / gold.length;
      const whole = test ?? { p: 1, method: 'exact' as const };
      return [{ ...whole, first: first.name, second: second.name, difference, n: gold.length }];
    });
  });
}

async function writeResult(
  folder: string,
  result: ZeroshotResult,
  rows: readonly ZeroshotRow[],
  verdicts: readonly Verdicts[],
): Promise<void> {
  const lines = rows.map(({ id, text, term, label }, index) => {
    const said = Object.fromEntries(verdicts.map(({ name, classes }) => [name, classes[index] ?? null]));
    return `${JSON.stringify({ id, text, term, label, said })}\n`;
  });
  await writeFileAtomic(join(folder, 'predictions.jsonl'), lines.join(''));
  await writeFileAtomic(join(folder, 'zeroshot.json'), `${JSON.stringify(result, null, 2)}\n`);
}
