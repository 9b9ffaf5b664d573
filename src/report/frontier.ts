/** What quality costs: each model's F1 against money and time for a thousand sentences, and who is dominated. */
import type { CellResult } from '../runs/types.js';
import { listWords } from './format.js';
import { FEW_SENTENCES, type Frontier, type FrontierPoint } from './frontier-types.js';
import type { Group } from './series.js';
import type { ScoreCell, TaskReport } from './types.js';

/** A frontier for every dataset on which two models or more have figures and times. */
export function gatherFrontiers(
  groups: readonly Group[],
  tasks: readonly TaskReport[],
  hardwarePricePerHour: number | null,
): Frontier[] {
  const places = new Map<string, Group[]>();
  for (const group of groups.filter(({ trainShare }) => trainShare === 1)) {
    const key = JSON.stringify([group.task, group.dataset]);
    places.set(key, [...(places.get(key) ?? []), group]);
  }
  return [...places.values()].flatMap((of): Frontier[] => {
    const [first] = of;
    const bare = of.flatMap((group) => pointOf(group, scoreOf(group, tasks), hardwarePricePerHour) ?? []);
    if (first === undefined || bare.length < 2) return [];
    const points = bare.map((point) => ({
      ...point,
      cheaper: dominatorsOf(point, bare, 'usdPerThousand'),
      faster: dominatorsOf(point, bare, 'secondsPerThousand'),
    }));
    const { task, dataset } = first;
    return [
      { task, dataset, hardwarePricePerHour, points, words: [...limitsOf(points), ...wordsOf(points)] },
    ];
  });
}

type BarePoint = Omit<FrontierPoint, 'cheaper' | 'faster'>;

function scoreOf(
  { model, task, dataset, trainShare }: Group,
  tasks: readonly TaskReport[],
): ScoreCell | null {
  const rows = tasks.find((one) => one.task === task)?.rows ?? [];
  const row = rows.find((one) => one.model === model && one.trainShare === trainShare);
  return row?.cells.find((cell) => cell.dataset === dataset && cell.subset === 'all') ?? null;
}

function pointOf(group: Group, score: ScoreCell | null, pricePerHour: number | null): BarePoint | null {
  const mean = score?.f1.mean ?? null;
  const sentences = Math.min(...group.cells.map(({ subsets }) => subsets.all?.sentences ?? 0));
  const used = group.cells.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  if (mean === null || used.length === 0) return null;
  const meanOf = (valueOf: (usage: (typeof used)[number]) => number | null): number | null => {
    const known = used.map(valueOf).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const seconds = meanOf(({ secondsPerThousand }) => secondsPerThousand);
  const paid = meanOf(({ usdPerThousand }) => usdPerThousand);
  const byHour = seconds === null || pricePerHour === null ? null : (seconds / 3600) * pricePerHour;
  const inTokens = meanOf(({ inputTokensPerThousand }) => inputTokensPerThousand);
  const outTokens = meanOf(({ outputTokensPerThousand }) => outputTokensPerThousand);
  return {
    model: group.model,
    kind: group.cells.some(({ kind }) => kind === 'in-context') ? 'language model' : 'student',
    f1: mean,
    interval: score?.interval ?? null,
    secondsPerThousand: seconds,
    // A model that nobody is paid for by the token runs on hardware all the same.
    usdPerThousand: paid !== null && paid > 0 ? paid : byHour,
    tokensPerThousand: inTokens === null && outTokens === null ? null : (inTokens ?? 0) + (outTokens ?? 0),
    p50Ms: meanOf(({ p50Ms }) => p50Ms),
    // One in twenty is slower: fewer sentences have none.
    p95Ms: sentences < 20 ? null : meanOf(({ p95Ms }) => p95Ms),
    sentences,
    malformedShare: malformedShare(group.cells),
  };
}

function malformedShare(cells: readonly CellResult[]): number | null {
  let [malformed, pieces] = [0, 0];
  for (const { subsets } of cells) {
    malformed += subsets.all?.malformed ?? 0;
    pieces += (subsets.all?.malformed ?? 0) + (subsets.all?.predicted ?? 0);
  }
  return pieces === 0 ? null : malformed / pieces;
}

/** Models that are no worse in either way, and better in one. */
function dominatorsOf(
  point: BarePoint,
  all: readonly BarePoint[],
  by: 'usdPerThousand' | 'secondsPerThousand',
): string[] {
  const mine = point[by];
  if (mine === null) return [];
  return all.flatMap((other) => {
    const theirs = other[by];
    const isNoWorse = theirs !== null && theirs <= mine && other.f1 >= point.f1;
    return isNoWorse && (theirs < mine || other.f1 > point.f1) ? [other.model] : [];
  });
}

/** What the figures stand on, where that is little. */
function limitsOf(points: readonly FrontierPoint[]): string[] {
  const counts = points.map(({ sentences }) => sentences);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const measured = least === most ? String(least) : `${least} to ${most}`;
  const few =
    least >= FEW_SENTENCES
      ? []
      : [
          `Only ${measured} sentences were measured: what a thousand take (≈) is scaled up ${Math.round(1000 / least)} times and can be far off, and the order of F1 can be chance. Decide nothing by it before ${FEW_SENTENCES} sentences or more were asked.`,
        ];
  const uneven =
    least === most
      ? []
      : ['The models were measured on different numbers of sentences: their F1 is not of the same test.'];
  return [...few, ...uneven];
}

function wordsOf(points: readonly FrontierPoint[]): string[] {
  const said = points.flatMap((point) => {
    const { model, cheaper, faster } = point;
    const unsure = (names: readonly string[]): string => doubtOf(point, names, points);
    const both = cheaper.filter((name) => faster.includes(name));
    if (both.length > 0)
      return [
        `${model} is dominated: ${listWords(both)} ${isOrAre(both)} at least as good, cheaper and faster${unsure(both)}.`,
      ];
    return [
      ...(cheaper.length === 0
        ? []
        : [
            `${model} is dominated in cost: ${listWords(cheaper)} ${isOrAre(cheaper)} at least as good for no more money${unsure(cheaper)}.`,
          ]),
      ...(faster.length === 0
        ? []
        : [
            `${model} is dominated in time: ${listWords(faster)} ${isOrAre(faster)} at least as good in no more time${unsure(faster)}.`,
          ]),
    ];
  });
  return said.length > 0 ? said : ['No model is dominated: who is better also costs or takes more.'];
}

/** Where the intervals of F1 meet, who is better may be chance; where one is not known, nobody can say. */
function doubtOf(
  { interval }: FrontierPoint,
  names: readonly string[],
  points: readonly FrontierPoint[],
): string {
  const others = points.filter(({ model }) => names.includes(model));
  const isSure = others.some(
    (other) => interval !== null && other.interval !== null && other.interval.low > interval.high,
  );
  if (isSure) return '';
  const isKnown = interval !== null && others.every((other) => other.interval !== null);
  return isKnown ? ' – in F1 perhaps by chance, as the intervals overlap' : ' – in F1 perhaps by chance';
}

const isOrAre = (names: readonly string[]): string => (names.length === 1 ? 'is' : 'are');
