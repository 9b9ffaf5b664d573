/**
 * The only importer of pythonia, and a program of its own: `ask-python.ts` starts it as a process, one per
 * interpreter. pythonia starts Python while it is imported, shares its stdout, throws where nobody can
 * catch, and does not notice Python's end; here all of that stays inside a process that can be thrown away.
 *
 * In: PYTHON_BIN in the environment, then `BridgeRequest`s over the process channel, one at a time.
 * Out: `started`, `ready`, then one `BridgeReply` for each request; `broken` once if the bridge cannot go on.
 */
import type { ChildProcess } from 'node:child_process';
import { ownProgram } from '../config/package-folder.js';

export interface BridgeRequest {
  readonly target: string;
  /** A JSON array. Strings cross the bridge unharmed; objects, bytes and NaN do not. */
  readonly argumentsJson: string;
}

export type BridgeReply =
  | { readonly type: 'started'; readonly pythonPid: number }
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly answerJson: string }
  | { readonly type: 'broken'; readonly reason: string };

/** The part of pythonia that is used; its own types say `any` throughout. */
interface Pythonia {
  readonly com: { readonly proc: ChildProcess };
  readonly python: (module: string) => Promise<ProbeModule>;
}
interface ProbeModule {
  // The `$` makes pythonia take the last argument as keywords, where its timeout stands.
  call$(target: string, argumentsJson: string, options: { readonly $timeout: number }): Promise<string>;
}

const PROBE_MODULE = 'fsa_runtime.environment.bridge_probe';

/** Serves the parent until it hangs up. */
async function serve(): Promise<void> {
  let proc: ChildProcess | null = null;
  const leave = (reason: string | null): void => {
    proc?.kill('SIGKILL');
    if (reason === null || process.send === undefined || !process.connected) process.exit(0);
    process.send({ type: 'broken', reason } satisfies BridgeReply, () => process.exit(1));
  };
  process.on('uncaughtException', (error) => leave(error.message));
  process.on('disconnect', () => leave(null));

  // A CommonJS module whose exports Node cannot name in advance.
  const { com, python } = ((await import('pythonia')) as unknown as { default: Pythonia }).default;
  proc = com.proc;
  proc.on('error', (error) => leave(error.message));
  proc.on('exit', (code, signal) => leave(`Python ended with ${signal ?? `exit code ${code ?? '?'}`}`));
  process.send?.({ type: 'started', pythonPid: proc.pid ?? 0 } satisfies BridgeReply);

  const probe = await python(PROBE_MODULE);
  process.on('message', (request: BridgeRequest) => {
    // Infinity: the parent keeps the time, and its remedy is to end both processes.
    probe.call$(request.target, request.argumentsJson, { $timeout: Infinity }).then(
      (answerJson) => process.send?.({ type: 'answer', answerJson } satisfies BridgeReply),
      (error: unknown) => leave(describeThrown(error)),
    );
  });
  process.send?.({ type: 'ready' } satisfies BridgeReply);
}

/** pythonia's exceptions have an empty message; the last line of the coloured stack says what happened. */
function describeThrown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const plain = (error.message || (error.stack ?? '')).replaceAll(/\u001b\[[0-9;]*m/g, '');
  return plain.trim().split('\n').at(-1) ?? 'Python raised an error';
}

// Nothing happens when something imports this file for its types.
if (process.send !== undefined && process.argv[1] === ownProgram('runtime/bridge')) {
  await serve().catch((error: unknown) => {
    const reason = describeThrown(error);
    process.send?.({ type: 'broken', reason } satisfies BridgeReply, () => process.exit(1));
  });
}
