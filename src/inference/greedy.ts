/** Greedy decoding over two ONNX sessions: the encoder once, then a step a token until every row has ended. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { cutWidths } from './batches.js';
import { joinFloatRows } from './joined-rows.js';
import type { OnnxRuntime } from './peers.js';
import { keepFloatRows, keepIntegerRows, type FloatTensor } from './kept-rows.js';

/** Finished rows are dropped once so many have gathered: dropping copies what is kept of the others. */
const FINISHED_SHARE = 0.125;

export interface GraphSettings {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly startToken: number;
  readonly endToken: number;
  readonly padToken: number;
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
  let state = await readInputs(graphs, inputs, settings, shouldStop);
  for (let position = 1; position < settings.maxGeneratedTokens; position += 1) {
    shouldStop();
    const next = await takeStep(graphs, state, settings.layers);
    const going: number[] = [];
    for (const [at, row] of state.rows.entries()) {
      const token = next.tokens[at] ?? end;
      if (row < 0) continue;
      if (token === end) next.rows[at] = ENDED;
      else {
        chosen[row]?.push(Number(token));
        going.push(at);
      }
    }
    if (going.length === 0) break;
    const ended = next.rows.length - going.length;
    state = ended >= Math.max(1, FINISHED_SHARE * next.rows.length) ? keepRows(next, going) : next;
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
  /** By the name the step knows them under. */
  past: Map<string, FloatTensor>;
  cross: Map<string, FloatTensor>;
}

/** The encoder's part: rows of similar length at a time, put together for the steps. */
async function readInputs(
  graphs: Graphs,
  inputs: readonly (readonly number[])[],
  settings: GraphSettings,
  shouldStop: () => void,
): Promise<State> {
  const lengths = inputs.map((ids) => ids.length);
  const inputWidth = Math.max(...lengths);
  const encoded: InferenceSession.ReturnType[] = [];
  for (const part of cutWidths(lengths)) {
    shouldStop();
    const rows = part.map((at) => inputs[at] ?? []);
    encoded.push(await encode(graphs, rows, settings.padToken));
  }
  const nothing = { data: new Float32Array(0), dims: [inputs.length, settings.heads, 0, settings.width] };
  const past = namesOf('past', settings.layers).map((name) => [name, nothing] as const);
  const cross = namesOf('cross', settings.layers).map((name) => {
    const parts = encoded.map((outputs) => floatsOf(outputs, name));
    return [name, joinFloatRows(parts, inputWidth)] as const;
  });
  return {
    rows: inputs.map((_, row) => row),
    tokens: new BigInt64Array(inputs.length).fill(BigInt(settings.startToken)),
    mask: maskOf(inputs, inputWidth),
    inputWidth,
    past: new Map(past),
    cross: new Map(cross),
  };
}

async function encode(
  { ort, encoder }: Graphs,
  inputs: readonly (readonly number[])[],
  padToken: number,
): Promise<InferenceSession.ReturnType> {
  const width = Math.max(...inputs.map((ids) => ids.length));
  const ids = new BigInt64Array(inputs.length * width).fill(BigInt(padToken));
  for (const [row, tokens] of inputs.entries())
    for (const [at, token] of tokens.entries()) ids[row * width + at] = BigInt(token);
  const dims = [inputs.length, width];
  return await encoder.run({
    ids: new ort.Tensor('int64', ids, dims),
    mask: new ort.Tensor('int64', maskOf(inputs, width), dims),
  });
}

function maskOf(inputs: readonly (readonly number[])[], width: number): BigInt64Array {
  const mask = new BigInt64Array(inputs.length * width);
  for (const [row, tokens] of inputs.entries()) mask.fill(1n, row * width, row * width + tokens.length);
  return mask;
}

async function takeStep({ ort, step }: Graphs, state: State, layers: number): Promise<State> {
  const rows = state.rows.length;
  const feeds: Record<string, Tensor> = {
    tokens: new ort.Tensor('int64', state.tokens, [rows]),
    mask: new ort.Tensor('int64', state.mask, [rows, state.inputWidth]),
  };
  for (const [name, { data, dims }] of [...state.past, ...state.cross])
    feeds[name] = new ort.Tensor('float32', data, dims);
  const outputs = await step.run(feeds);
  const present = namesOf('present', layers).map((name) => floatsOf(outputs, name));
  const past = namesOf('past', layers).map((name, at) => [name, present[at] as FloatTensor] as const);
  const tokens = outputs['next']?.data as BigInt64Array;
  return { ...state, rows: [...state.rows], tokens, past: new Map(past) };
}

function keepRows(state: State, kept: readonly number[]): State {
  const keepAll = (tensors: Map<string, FloatTensor>): Map<string, FloatTensor> =>
    new Map([...tensors].map(([name, tensor]) => [name, keepFloatRows(tensor, kept)]));
  return {
    rows: kept.map((at) => state.rows[at] ?? ENDED),
    tokens: keepIntegerRows(state.tokens, 1, kept),
    mask: keepIntegerRows(state.mask, state.inputWidth, kept),
    inputWidth: state.inputWidth,
    past: keepAll(state.past),
    cross: keepAll(state.cross),
  };
}

/** `cross.0.key`, `cross.0.value`, `cross.1.key`, … as `build.py` names them. */
function namesOf(what: string, layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => [
    `${what}.${layer}.key`,
    `${what}.${layer}.value`,
  ]).flat();
}

function floatsOf(outputs: InferenceSession.ReturnType, name: string): FloatTensor {
  const tensor = outputs[name] as Tensor;
  return { data: tensor.data as Float32Array, dims: tensor.dims };
}
