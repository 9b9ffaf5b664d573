/**
 * A list of hosts: the pilot runs under `ssh`, with its ticket on standard input. Nothing is left on a disk, and the
 * end of the connection ends the worker.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { FsaError } from '../../../errors.js';
import type { Engine, EngineJobs, EngineJobState, Submission } from '../engine.js';
import type { Patience } from '../patience.js';
import { quote, scriptOf } from '../pilot-command.js';

export interface SshOptions {
  readonly hosts: readonly string[];
  readonly extraArguments: readonly string[];
}

const KEPT_CHARACTERS = 64 * 1024;
/** A host that lets us in says what it is within so long; `ConnectTimeout` ends where the keys are shown. */
const ANSWER_SECONDS = 40;
/** What ssh itself ends with where it finds no way. */
const SSH_FAILED = 255;
/** No question may wait for somebody at a keyboard. */
const QUIET = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=10'];

interface Connection {
  readonly name: string;
  readonly host: string;
  readonly child: ChildProcess;
  said: string;
  state: EngineJobState;
}

export function openSsh(options: SshOptions, patience: Patience): Engine {
  return new Ssh(options, patience);
}

class Ssh implements Engine {
  readonly name = 'ssh';
  readonly #connections = new Map<string, Connection>();

  constructor(
    private readonly options: SshOptions,
    readonly patience: Patience,
  ) {}

  async probe(): Promise<string> {
    const hosts = [...new Set(this.options.hosts)];
    const names = await Promise.all(hosts.map((host) => this.#ask(host)));
    return hosts.map((host, index) => `${host} is ${names[index] ?? ''}`).join(', ');
  }

  async submit({ name, python, pilot, ticket }: Submission): Promise<string> {
    const host = this.#freeHost();
    // Its text goes along, whether or not the host sees our files.
    const source = await readFile(pilot, 'utf8');
    // Whatever shell its user has over there.
    const command = `exec sh -c ${quote(scriptOf([python, '-I', '-c', source, '-']))}`;
    const child = spawn('ssh', [...QUIET, ...this.options.extraArguments, '--', host, command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const id = `${host}/${name.split('.').at(-1) ?? ''}`;
    const connection: Connection = { name, host, child, said: '', state: { state: 'running', where: host } };
    this.#connections.set(id, connection);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        connection.said = (connection.said + bytes.toString('utf8')).slice(-KEPT_CHARACTERS);
      });
    child.on('error', (error) => {
      connection.state = { state: 'ended', how: `could not be started: ${startFailure(error)}` };
    });
    child.on('close', (code) => {
      if (connection.state.state === 'ended') return;
      const { how, sentence } = describeEnd({ host, code, said: connection.said, way: this.#wayTo(host) });
      if (sentence !== null) connection.said += `\n${sentence}\n`;
      connection.state = { state: 'ended', how };
    });
    child.stdin.on('error', () => undefined);
    // Left open: its end is the pilot's.
    child.stdin.write(`${ticket}\n`);
    return id;
  }

  find(prefix: string): Promise<EngineJobs> {
    const found = [...this.#connections].filter(([, { name }]) => name.startsWith(prefix));
    return Promise.resolve(new Map(found.map(([id, { name, state }]) => [id, { name, ...state }])));
  }

  cancel(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#connections.get(id)?.child.stdin?.end();
    return Promise.resolve();
  }

  /** A connection is there at once, and its end ends what it started. */
  withdraw(): Promise<void> {
    return Promise.resolve();
  }

  byHand(): null {
    return null;
  }

  logs(id: string): Promise<string> {
    return Promise.resolve(this.#connections.get(id)?.said ?? '');
  }

  nodeStarter(): null {
    return null;
  }

  /** What still runs over there has been given up: a host that hangs must not keep us here. */
  close(): void {
    for (const { child, state } of this.#connections.values()) {
      child.stdin?.end();
      if (state.state === 'ended') continue;
      child.kill();
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    }
  }

  /** The one with the fewest places in use for each time that it is named. */
  #freeHost(): string {
    const { hosts } = this.options;
    const used = [...this.#connections.values()]
      .filter(({ state }) => state.state === 'running')
      .map(({ host }) => host);
    const free = [...hosts];
    for (const host of used) {
      const at = free.indexOf(host);
      if (at >= 0) free.splice(at, 1);
    }
    return free[0] ?? hosts[used.length % hosts.length] ?? '';
  }

  /** What somebody at a keyboard can try. */
  #wayTo(host: string): string {
    return ['ssh', ...this.options.extraArguments, host, 'true'].join(' ');
  }

  async #ask(host: string): Promise<string> {
    return await this.patience.limit(ANSWER_SECONDS, async (signal) => await this.#nameOf(host, signal));
  }

  async #nameOf(host: string, signal: AbortSignal): Promise<string> {
    return await new Promise((resolve, reject) => {
      const child = spawn('ssh', [...QUIET, ...this.options.extraArguments, '--', host, 'uname -srm'], {
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (bytes: Buffer) => void out.push(bytes));
      child.stderr.on('data', (bytes: Buffer) => void err.push(bytes));
      const fail = (said: string): void =>
        reject(
          new FsaError('RUNTIME', `The host ${host} does not let ssh in.`, {
            where: 'cluster.hosts',
            problems: [said],
            advice: `See that \`${this.#wayTo(host)}\` works without a question.`,
          }),
        );
      child.on('error', (error) => fail(startFailure(error)));
      child.on('close', (code) => {
        // Shells of the host may greet first.
        if (code === 0) resolve(lastLine(Buffer.concat(out).toString('utf8')));
        else fail(lastLine(Buffer.concat(err).toString('utf8')));
      });
    });
  }
}

/** How a connection ended, and for its log what the pilot would have said of a host that it never came to. */
export function describeEnd({
  host,
  code,
  said,
  way,
}: {
  readonly host: string;
  readonly code: number | null;
  readonly said: string;
  /** The command that shows whether the host lets us in. */
  readonly way: string;
}): { readonly how: string; readonly sentence: string | null } {
  if (code !== SSH_FAILED) return { how: `ended on ${host} with code ${code ?? 'unknown'}`, sentence: null };
  // ssh ends with the same code where a signal ended what ran over there.
  if (said.includes('fsa pilot '))
    return { how: `was ended on ${host} by a signal, or lost its connection to it`, sentence: null };
  const why = lastLine(said);
  return {
    how: `has no connection to ${host} (${why})`,
    sentence: `fsa pilot on ${host}: ssh does not get there (${why}). See that \`${way}\` works without a question.`,
  };
}

function startFailure({ name, code, message }: NodeJS.ErrnoException): string {
  if (name === 'AbortError') return `it did not answer within ${ANSWER_SECONDS} s`;
  return code === 'ENOENT' ? 'there is no ssh here' : message;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
