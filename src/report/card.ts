/** A student's model card: front matter that hubs read, and what a person must know before using it. Pure. */
import { stringify } from 'yaml';
import { taskNamed } from '../tasks/registry.js';
import { SUBSETS, type Task } from '../tasks/vocabulary.js';
import { printable } from '../printable.js';
import { formatPair, formatPoints, formatSummary } from './format.js';
import type { Difference, Report, ScoreCell } from './types.js';

/** F1, precision and recall of the student itself on one subset, as shares of 1. */
export interface CardScore {
  readonly f1: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly sentences: number;
}

export interface CardFacts {
  readonly name: string;
  /** The repository where others find it; null where none is said. */
  readonly repo: string | null;
  readonly license: string;
  readonly languages: readonly string[];
  readonly task: Task;
  readonly polarities: readonly string[];
  readonly maxInputTokens: number;
  readonly maxGeneratedTokens: number;
  readonly digest: string;
  /** A hub id; null where the student began from something else. */
  readonly baseModel: string | null;
  /** How the student was made, a sentence each. */
  readonly training: readonly string[];
  /** What is known of test sentences in the training data, a sentence each. */
  readonly contamination: readonly string[];
  readonly dataset: string | null;
  readonly seed: number | null;
  /** By subset; null where nobody has tested it. */
  readonly scores: Readonly<Record<string, CardScore>> | null;
  /** Over seeds and beside a baseline; null where there is no run to tell. */
  readonly report: Report | null;
  /** The student's name in the report. */
  readonly modelInReport: string | null;
  readonly onnx: boolean;
  readonly fsaVersion: string;
}

export function modelCard(facts: CardFacts): string {
  const matter = stringify(frontMatter(facts), {
    // Hubs read YAML 1.1, where a bare `no` is false: every string is quoted.
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    lineWidth: 0,
  });
  const sections = [
    `# ${plain(facts.name)}`,
    intro(facts),
    results(facts),
    usage(facts),
    section('Training data', facts.training),
    section('Contamination', facts.contamination),
    limits(facts),
    `Made by fsa ${facts.fsaVersion}; SHA-256 over the model's files: \`${facts.digest}\`.`,
  ];
  return `---\n${matter}---\n\n${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

const PIPELINE = 'text2text-generation';

function frontMatter(facts: CardFacts): object {
  const { name, license, languages, baseModel, task, dataset, scores, seed, onnx } = facts;
  const tags = ['aspect-based-sentiment-analysis', 'sentiment-analysis', task, 't5', 'fsa'];
  const index = Object.entries(scores ?? {}).flatMap(([subset, score]) => {
    const metrics = metricsOf(score, seed);
    if (dataset === null || metrics.length === 0) return [];
    // Hubs merge results of one task, dataset, config and split: subsets are told apart by the split alone.
    const about = { name: `${task}/${dataset}`, type: dataset, config: task, split: subset };
    return [{ task: { type: PIPELINE, name: TASK_NAMES[task] }, dataset: about, metrics }];
  });
  return {
    ...(languages.length === 0 ? {} : { language: languages }),
    license,
    // Transformers reads no folder of graphs.
    library_name: onnx ? 'onnx' : 'transformers',
    pipeline_tag: PIPELINE,
    ...(baseModel === null ? {} : { base_model: baseModel }),
    metrics: ['f1', 'precision', 'recall'],
    tags: [...new Set(tags)],
    ...(index.length === 0 ? {} : { 'model-index': [{ name, results: index }] }),
  };
}

function metricsOf({ f1, precision, recall }: CardScore, seed: number | null): object[] {
  const named = [
    ['f1', 'micro F1', f1],
    ['precision', 'micro precision', precision],
    ['recall', 'micro recall', recall],
  ] as const;
  return named.flatMap(([type, name, value]) =>
    value === null
      ? []
      : [
          {
            type,
            name,
            value: Number((value * 100).toFixed(2)),
            ...(seed === null ? {} : { args: { seed } }),
          },
        ],
  );
}

const TASK_NAMES: Readonly<Record<Task, string>> = {
  atsa: 'aspect terms and their polarity',
  acsa: 'aspect categories and their polarity',
  aste: 'aspect terms, opinion terms and polarity',
  tasd: 'aspect terms, categories and polarity',
  asqp: 'aspect terms, categories, opinion terms and polarity',
  acos: 'aspect terms, categories, opinion terms and polarity, implicit ones as well',
};

function intro({ task, polarities, onnx }: CardFacts): string {
  const form = onnx ? ' The graphs here are ONNX, for Node.js without Python.' : '';
  return `Reads a review sentence and writes its ${TASK_NAMES[task]} (${polarities.map(plain).join(', ')}), as text: \`${taskNamed(task).elements.join(' | ')} ; …\`, an empty text where there is none.${form}`;
}

function results(facts: CardFacts): string {
  const { scores, dataset, task, seed } = facts;
  if (scores === null || dataset === null) return '## Results\n\nNobody has measured this model.';
  const compared = comparisonOf(facts);
  const head = ['subset', 'sentences', 'F1', 'precision', 'recall', ...compared.head];
  const rows = SUBSETS.flatMap((subset) => {
    const score = scores[subset];
    if (score === undefined || score.sentences === 0) return [];
    const own = [score.f1, score.precision, score.recall].map((value) =>
      value === null ? '–' : formatPoints(value * 100),
    );
    return [[subset, String(score.sentences), ...own, ...compared.cellsOf(subset)]];
  });
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const note = `F1, precision and recall over tuples, in points, of this model${seed === null ? '' : ` (seed ${seed})`}; \`all\` is the whole test set.${compared.note}`;
  return `## Results on ${task}/${plain(dataset)}\n\n${note}\n\n${table}`;
}

interface Comparison {
  readonly head: readonly string[];
  readonly cellsOf: (subset: string) => string[];
  readonly note: string;
}

/** Columns over seeds, and of the baseline and the difference to it, where a run tells them. */
function comparisonOf({ report, modelInReport, task, dataset }: CardFacts): Comparison {
  const table = report?.tasks.find((one) => one.task === task);
  const row = table?.rows.find(({ model }) => model === modelInReport);
  if (table === undefined || row === undefined) return { head: [], cellsOf: () => [], note: '' };
  const find = <T extends Pick<ScoreCell, 'dataset' | 'subset'>>(
    cells: readonly T[] | undefined,
    subset: string,
  ) => cells?.find((cell) => cell.dataset === dataset && cell.subset === subset);
  const baseline = table.differences?.baseline;
  const other = table.rows.find(
    ({ model, trainShare }) => model === baseline && trainShare === row.trainShare,
  );
  const difference = table.differences?.rows.find(
    ({ model, trainShare }) => model === modelInReport && trainShare === row.trainShare,
  );
  const shown = (cell: ScoreCell | undefined): string => (cell === undefined ? '–' : formatSummary(cell.f1));
  const pair = (cell: Difference | undefined): string => (cell === undefined ? '–' : formatPair(cell));
  const hasBaseline = other !== undefined && difference !== undefined;
  const tests = table.differences?.tests ?? 0;
  const adjusted =
    tests > 1 ? `, adjusted by Holm's method over ${table.differences?.family ?? ''} (${tests} tests)` : '';
  return {
    head: ['F1 over seeds', ...(hasBaseline ? [`${plain(other.model)} over seeds`, 'difference'] : [])],
    cellsOf: (subset) => [
      shown(find(row.cells, subset)),
      ...(hasBaseline ? [shown(find(other.cells, subset)), pair(find(difference.cells, subset))] : []),
    ],
    note: ` Over seeds: mean ± standard deviation.${
      hasBaseline
        ? ` The difference to the baseline ${plain(other.model)} is paired by seed, p by a sign-flip test${adjusted}.`
        : ''
    }`,
  };
}

function usage({ name, repo, onnx }: CardFacts): string {
  const model = plain(repo ?? name);
  const fetched = repo === null ? '' : `\`\`\`\nfsa download model --repo ${model}\n\`\`\`\n\n`;
  const example = onnx
    ? `import { loadModel } from 'fsa-distill';\nconst model = await loadModel('${model}');\nawait model.predict(['The soup was excellent, but the service was slow.']);\nawait model.close();`
    : `fsa predict --model ${model} --input reviews.jsonl --json`;
  return `## Use\n\n${fetched}\`\`\`\n${example}\n\`\`\`\n\nIntended for opinions in reviews of the kind it was trained on, sentence by sentence, counted over many: to see what customers praise and blame.`;
}

/** A sentence where there is something to say. */
function measuredOn(languages: readonly string[], dataset: string | null): string {
  const where = [
    ...(languages.length === 0 ? [] : [`in ${languages.map(plain).join(', ')}`]),
    ...(dataset === null ? [] : [`on ${plain(dataset)}`]),
  ];
  return where.length === 0 ? '' : `It was measured ${where.join(' ')} only. `;
}

function limits({ maxInputTokens, maxGeneratedTokens, languages, dataset }: CardFacts): string {
  const lines = [
    `Sentences longer than ${maxInputTokens} tokens are cut, answers end at ${maxGeneratedTokens}; \`fsa predict\` says which.`,
    `${measuredOn(languages, dataset)}Other domains, languages and kinds of text may go much worse.`,
    'Irony, comparisons and opinions that are only implied are often missed; see the subsets `implicit` and `hard` where they are measured.',
    'Not for decisions about single persons: a label is a guess with the error rate above, and carries the biases of its training data.',
  ];
  return section('Limits', lines);
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n\n${lines.map((line) => `- ${plain(line)}`).join('\n')}`;
}

/** Foreign text in one line of Markdown, without markup of its own. */
function plain(text: string): string {
  return printable(text)
    .replace(/\s+/g, ' ')
    .replace(/[<>|]/g, (sign) => `\\${sign}`);
}
