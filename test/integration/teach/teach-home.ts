/** A folder with reviews and a server that answers: what the tests of `teach` start from. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  teach,
  type FsaError,
  type FsaEvent,
  type TeachOptions,
  type TeachResult,
} from '../../../src/index.js';
import {
  complete,
  goodAnswer,
  startLlmServer,
  type LlmServer,
  type Respond,
} from '../../fixtures/llm-server.js';

export const answerWell: Respond = (request, response) => complete(response, { text: goodAnswer(request) });

export interface ReviewRow {
  readonly ID: number;
  readonly Text: string;
  readonly Overall: number;
}

export function someReviews(count: number): ReviewRow[] {
  return Array.from({ length: count }, (_, index) => {
    const bad = index % 3 === 0;
    const Text = `Dish ${index} was ${bad ? 'cold and slow to come' : 'lovely and worth the wait'}, as we all agreed.`;
    return { ID: index, Text, Overall: bad ? 1 : 5 };
  });
}

/** A server that is closed when the test has ended. */
export async function serve(respond: Respond): Promise<LlmServer> {
  const server = await startLlmServer(respond);
  onTestFinished(async () => await server.close());
  return server;
}

export async function writeReviews(folder: string, rows: readonly object[]): Promise<string> {
  const path = join(folder, 'reviews.jsonl');
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

export interface TeachSettings {
  readonly teach?: NonNullable<TeachOptions['config']>['teach'];
  readonly llm?: NonNullable<TeachOptions['config']>['llm'];
}

/** Options of a small run in a folder, against a server. */
export function teachOptions(
  folder: string,
  address: string,
  { teach: settings, llm }: TeachSettings = {},
): TeachOptions {
  return {
    cwd: folder,
    output: 'run',
    config: {
      eval: { datasets: [] },
      llm: { model: `${address}#test-model`, price: { input: 1, output: 2 }, concurrency: 4, ...llm },
      teach: { reviews: ['reviews.jsonl'], kinds: ['analysis'], ...settings },
    },
  };
}

export interface Followed {
  readonly events: FsaEvent[];
  readonly result: TeachResult | null;
  readonly error: FsaError | null;
}

/** Runs to the end, whatever that is. */
export async function follow(options: TeachOptions, signal?: AbortSignal): Promise<Followed> {
  const run = teach(options, signal === undefined ? {} : { signal });
  const events: FsaEvent[] = [];
  try {
    for await (const event of run) events.push(event);
    return { events, result: await run, error: null };
  } catch (error) {
    return { events, result: null, error: error as FsaError };
  }
}

/** Every corpus file of a run by its name below the folder. */
export async function readCorpusFiles(folder: string): Promise<Record<string, string>> {
  const place = join(folder, 'run', 'corpus');
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(
      files.sort().map(async (file) => [file.slice(place.length + 1), await readFile(file, 'utf8')]),
    ),
  ) as Record<string, string>;
}

/** All bytes of all files below a folder, as one text. */
export async function readEverything(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(async ({ parentPath, name }) => await readFile(join(parentPath, name), 'latin1')),
  );
  return texts.join('\n');
}
