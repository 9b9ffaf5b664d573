/** An exported student in this thread: texts in, generated rows out. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { cutBatches } from './batches.js';
import { decodeTogether, type Graphs, type GraphSettings } from './greedy.js';
import { loadPeers } from './peers.js';
import { TokenIds, type TokenSettings } from './token-ids.js';

/** What the model wrote for one text, and how much of the text it saw. */
export interface GeneratedRow {
  readonly text: string;
  /** Generated token ids without start and end. */
  readonly tokens: readonly number[];
  readonly inputTokens: number;
  readonly cutInput: boolean;
  readonly cutOutput: boolean;
}

export interface DecoderOptions {
  /** Of an export whose files have been checked. */
  readonly folder: string;
  /** Threads of one operation in the graph. */
  readonly threads: number;
  readonly graphs: GraphSettings;
  readonly tokens: TokenSettings;
  /** Whether an answer would depend on the texts that it is worked on with. */
  readonly alone: boolean;
}

/** What one call may say and ask while it runs. */
export interface DecodeCall {
  /** Rows worked on together at most. */
  readonly batchSize: number;
  readonly onRows: (done: number) => void;
  /** Asked before every token; throws where the work is to end. */
  readonly shouldStop: () => void;
}

/** How onnxruntime is to compute. */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Kept for every combination of shapes that was ever fed, and here nearly every run has one of its own.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Threads that wait spin for microseconds, then sleep. Left alone they spin on, and take the core from the
    // very thread they wait for as soon as anything else runs there: two threads on two busy cores were several
    // times slower than one.
    extra: { session: { intra_op: { spin_duration_us: '20' } } },
  };
}

export class Decoder {
  private constructor(
    private readonly graphs: Graphs,
    private readonly tokens: TokenIds,
    private readonly settings: GraphSettings,
    private readonly alone: boolean,
  ) {}

  /** @throws FsaError CONFIG where a package is missing */
  static async open({ folder, threads, graphs, tokens, alone }: DecoderOptions): Promise<Decoder> {
    const { ort, tokenizers } = await loadPeers();
    const open = async (name: string): ReturnType<typeof ort.InferenceSession.create> =>
      await ort.InferenceSession.create(join(folder, name), sessionOptions(threads));
    const [encoder, step] = await Promise.all([open('encoder.onnx'), open('step.onnx')]);
    const definition = await readFile(join(folder, 'tokenizer.json'), 'utf8');
    const ids = TokenIds.open(tokenizers, definition, tokens);
    return new Decoder({ ort, encoder, step }, ids, graphs, alone);
  }

  /** One row per text, in their order. */
  async generate(texts: readonly string[], call: DecodeCall): Promise<GeneratedRow[]> {
    const inputs = await this.tokens.encode(texts);
    const rowsTogether = this.alone ? 1 : call.batchSize;
    const outputs: number[][] = inputs.map(() => []);
    let done = 0;
    for (const batch of cutBatches(
      inputs.map(({ ids }) => ids.length),
      rowsTogether,
    )) {
      const ids = batch.map((index) => inputs[index]?.ids ?? []);
      const rows = await decodeTogether(this.graphs, ids, this.settings, call.shouldStop);
      for (const [at, index] of batch.entries()) outputs[index] = rows[at] ?? [];
      done += batch.length;
      call.onRows(done);
    }
    const written = await this.tokens.decode(outputs);
    return inputs.map(({ ids, cut }, index) => {
      const tokens = outputs[index] ?? [];
      return {
        text: written[index] ?? '',
        tokens,
        inputTokens: ids.length,
        cutInput: cut,
        cutOutput: tokens.length >= this.settings.maxGeneratedTokens - 1,
      };
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.graphs.encoder.release(), this.graphs.step.release()]);
  }
}
