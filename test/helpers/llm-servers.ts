/**
 * Language model servers that others wrote, in a Python environment of their own that the first test to need it
 * makes (test/requirements-llm.txt, pinned) and later ones find again.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../src/config/environment.js';
import { hashBytes } from '../../src/storage/digest.js';
import { ROOT } from './cli.js';

const REQUIREMENTS = join(ROOT, 'test/requirements-llm.txt');

/** Folder with the programs of the environment. */
async function environmentBin(): Promise<string> {
  const given = process.env['FSA_TEST_LLM_ENVIRONMENT'];
  if (given !== undefined) return join(given, 'bin');
  const digest = hashBytes(await readFile(REQUIREMENTS)).slice(0, 12);
  const folder = join(cacheFolder(), 'test-llm', digest);
  if (!existsSync(folder)) {
    const making = `${folder}.${process.pid}`;
    await mkdir(join(cacheFolder(), 'test-llm'), { recursive: true });
    await execa('python3', ['-m', 'venv', making]);
    await execa(join(making, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS]);
    // Whoever comes second finds the place taken, and what it holds is the same.
    await rename(making, folder).catch(async () => await rm(making, { recursive: true, force: true }));
  }
  return join(folder, 'bin');
}

export interface ForeignServer {
  /** `http://127.0.0.1:1234`. */
  readonly address: string;
  close(): Promise<void>;
}

/** llmock: real buckets for requests and tokens, scripted faults, and a verdict on the client. */
export async function startLlmock(...words: readonly string[]): Promise<ForeignServer> {
  const port = await freePort();
  // Its program's first line names the folder it was made in: Python runs it wherever it lies now.
  const python = join(await environmentBin(), 'python');
  const run = 'import sys; from llmock.cli import app; sys.argv[0] = "llmock"; app()';
  const child = execa(python, ['-c', run, 'serve', '--port', String(port), ...words], {
    reject: false,
    stdio: 'ignore',
  });
  return await whenUp(`http://127.0.0.1:${port}`, '/_llmock/scenario', child);
}

/** llama.cpp's own server with a tiny random model, made in a folder. */
export async function startLlama(folder: string): Promise<ForeignServer> {
  const port = await freePort();
  const python = join(await environmentBin(), 'python');
  const program = join(ROOT, 'test/fixtures/serve_llama.py');
  const child = execa(python, [program, String(port), folder], {
    reject: false,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  return await whenUp(`http://127.0.0.1:${port}`, '/health', child);
}

async function whenUp(
  address: string,
  path: string,
  child: { kill(): boolean } & PromiseLike<unknown>,
): Promise<ForeignServer> {
  const state = { ended: false };
  void child.then(() => (state.ended = true));
  while (!state.ended) {
    const answer = await fetch(`${address}${path}`).catch(() => null);
    if (answer?.ok === true) {
      return {
        address,
        close: async () => {
          child.kill();
          await child;
        },
      };
    }
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error(`The server at ${address} ended before it was up.`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
