/** Greedy decoding over two ONNX sessions: the encoder once, then a step a token until every row has ended. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { KeptPositions } from './kept-positions.js';
import type { OnnxRuntime } from './peers.js';
import { keepFloatRows, keepIntegerRows, type FloatTensor } from './kept-rows.js';
import { placeInputs } from './placed-inputs.js';

/** Finished rows are dropped once so many have gathered: dropping copies what is kept of the others. */
const FINISHED_SHARE = 0.125;

export interface GraphSettings {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly startToken: number;
  readonly endToken: number;
  /** Counts the start token. */
  readonly maxGeneratedTokens: number;
}

export interface Graphs {
  readonly ort: OnnxRuntime;
  readonly encoder: InferenceSession;
  readonly step: InferenceSession;
}

/**
 * The most likely next token, again and again, for inputs worked on together.
 * @param inputs token ids, the end token included, longest first
 * @param shouldStop asked before every token and every run of the encoder; throws where the work is to end
 * @returns the tokens of each row without the end token; a row of `maxGeneratedTokens - 1` never ended
 */
export async function decodeTogether(
  graphs: Graphs,
  inputs: readonly (readonly number[])[],
  settings: GraphSettings,
  shouldStop: () => void,
): Promise<number[][]> {
  const end = BigInt(settings.endToken);
  const chosen: number[][] = inputs.map(() => []);
  shouldStop();
  const state = await readInputs(graphs, inputs, settings);
  for (let position = 1; position < settings.maxGeneratedTokens; position += 1) {
    shouldStop();
    state.tokens = await takeStep(graphs, state, settings);
    const going: number[] = [];
    for (const [at, row] of state.rows.entries()) {
      const token = state.tokens[at] ?? end;
      if (row < 0) continue;
      if (token === end) state.rows[at] = ENDED;
      else {
        chosen[row]?.push(Number(token));
        going.push(at);
      }
    }
    if (going.length === 0) break;
    const ended = state.rows.length - going.length;
    if (ended >= Math.max(1, FINISHED_SHARE * state.rows.length)) keepRows(state, going);
  }
  return chosen;
}

const ENDED = -1;

interface State {
  /** Which input each row of the tensors belongs to; `ENDED` where it has been answered. */
  rows: number[];
  tokens: BigInt64Array;
  mask: BigInt64Array;
  readonly inputWidth: number;
  readonly own: KeptPositions;
  /** Over the inputs, by the name the step knows them under. */
  cross: Map<string, FloatTensor>;
}

/** The encoder's part: all inputs one behind the other, so that none is worked on as if it were as long as another. */
async function readInputs(
  { ort, encoder }: Graphs,
  inputs: readonly (readonly number[])[],
  settings: GraphSettings,
): Promise<State> {
  const { ids, rows, at, places, mask, inputWidth } = placeInputs(inputs);
  const tensor = (data: BigInt64Array, dims: number[]): Tensor => new ort.Tensor('int64', data, dims);
  const [each, sideBySide] = [[ids.length], [inputs.length, inputWidth]];
  const outputs = await encoder.run({
    ids: tensor(ids, each),
    rows: tensor(rows, each),
    at: tensor(at, each),
    places: tensor(places, sideBySide),
    mask: tensor(mask, sideBySide),
  });
  const cross = namesOf('cross', settings.layers).map((name) => [name, floatsOf(outputs, name)] as const);
  return {
    rows: inputs.map((_, row) => row),
    tokens: new BigInt64Array(inputs.length).fill(BigInt(settings.startToken)),
    mask,
    inputWidth,
    own: new KeptPositions(inputs.length, {
      tensors: 2 * settings.layers,
      size: settings.heads * settings.width,
      positions: settings.maxGeneratedTokens - 1,
    }),
    cross: new Map(cross),
  };
}

/** The next token of each row; what the step makes of the newest position is written where it is kept. */
async function takeStep(
  { ort, step }: Graphs,
  { rows, tokens, mask, inputWidth, own, cross }: State,
  { layers, heads, width }: GraphSettings,
): Promise<BigInt64Array> {
  const count = rows.length;
  const floats = (data: Float32Array, dims: readonly number[]): Tensor =>
    new ort.Tensor('float32', data, dims);
  const feeds: Record<string, Tensor> = {
    tokens: new ort.Tensor('int64', tokens, [count]),
    mask: new ort.Tensor('int64', mask, [count, inputWidth]),
  };
  for (const [name, { data, dims }] of cross) feeds[name] = floats(data, dims);
  const pastDims = [own.length, count, heads, width];
  for (const [name, data] of named('past', layers, own.written())) feeds[name] = floats(data, pastDims);
  const fetches: Record<string, Tensor | null> = { next: null };
  for (const [name, data] of named('newest', layers, own.append()))
    fetches[name] = floats(data, [count, 1, heads * width]);
  return (await step.run(feeds, fetches))['next']?.data as BigInt64Array;
}

function keepRows(state: State, kept: readonly number[]): void {
  state.rows = kept.map((at) => state.rows[at] ?? ENDED);
  state.tokens = keepIntegerRows(state.tokens, 1, kept);
  state.mask = keepIntegerRows(state.mask, state.inputWidth, kept);
  state.own.keepRows(kept);
  state.cross = new Map([...state.cross].map(([name, tensor]) => [name, keepFloatRows(tensor, kept)]));
}

/** `cross.0.key`, `cross.0.value`, `cross.1.key`, … as `build.py` names them. */
function namesOf(what: string, layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => [
    `${what}.${layer}.key`,
    `${what}.${layer}.value`,
  ]).flat();
}

function named<T>(what: string, layers: number, parts: readonly T[]): (readonly [string, T])[] {
  const names = namesOf(what, layers);
  return parts.map((part, at) => [names[at] ?? '', part] as const);
}

function floatsOf(outputs: InferenceSession.ReturnType, name: string): FloatTensor {
  const tensor = outputs[name] as Tensor;
  return { data: tensor.data as Float32Array, dims: tensor.dims };
}
