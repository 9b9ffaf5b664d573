import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isFsaError, type FsaError } from '../../../src/errors.js';
import { askPython, type BridgeOptions, type PythonBridge } from '../../../src/runtime/ask-python.js';
import { runtimePython } from '../../helpers/python.js';

const pythonPath = [join(import.meta.dirname, '../../fixtures/python')];
const python = await runtimePython();

async function ask<T>(
  work: (bridge: PythonBridge) => Promise<T>,
  options: Partial<BridgeOptions> = {},
): Promise<T> {
  return await askPython({ python, pythonPath, ...options }, work);
}

async function failureOf(promise: Promise<unknown>): Promise<FsaError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isFsaError(error)) throw new Error(`expected an FsaError, got ${String(error)}`);
  return error;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function waitUntilGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isRunning(pid); tries++) await sleep(50);
  return !isRunning(pid);
}

const whoSchema = z.object({ pid: z.number(), executable: z.string() });

describe('the bridge to Python', () => {
  it('carries any JSON there and back, and asks one interpreter all along', async () => {
    const value = {
      text: 'naïve "quotes" \n ☕ 漢字',
      list: [1, 2.5, null, true],
      ffid: 3,
      r: 1,
      '~~x$': {},
    };
    const [echoed, first, second, big] = await ask(async (bridge) => [
      await bridge.call('bridge_traps:echo', [value], z.unknown()),
      await bridge.call('bridge_traps:who', [], whoSchema),
      await bridge.call('bridge_traps:who', [], whoSchema),
      await bridge.call('bridge_traps:big', [200_000], z.string()),
    ]);
    expect(echoed).toEqual(value);
    expect(first).toEqual(second);
    expect(big).toBe('é'.repeat(200_000));
  });

  it('lets calls made at once wait for each other, each with its own answer', async () => {
    const answers = await ask((bridge) =>
      Promise.all([0.3, 0.1, 0.2].map((each) => bridge.call('bridge_traps:sleep', [each], z.number()))),
    );
    expect(answers).toEqual([0.3, 0.1, 0.2]);
  });

  it('leaves no process behind when it is closed', async () => {
    const { pid } = await ask((bridge) => bridge.call('bridge_traps:who', [], whoSchema));
    expect(await waitUntilGone(pid)).toBe(true);
  });

  it('says what Python raised, and goes on', async () => {
    await ask(async (bridge) => {
      const error = await failureOf(bridge.call('bridge_traps:fail', [], z.null()));
      expect(error.code).toBe('RUNTIME');
      expect(error.message).toContain('ValueError: the sentence has no end');
      expect(error.problems.join('\n')).toContain('bridge_traps.py');
      expect(await bridge.call('bridge_traps:echo', ['on'], z.string())).toBe('on');
    });
  });

  it.each(['give_nan', 'give_bytes', 'leave_in_call'])('survives %s', async (trap) => {
    await ask(async (bridge) => {
      const error = await failureOf(bridge.call(`bridge_traps:${trap}`, [], z.unknown()));
      expect(error.code).toBe('RUNTIME');
      expect(await bridge.call('bridge_traps:echo', [1], z.number())).toBe(1);
    });
  });

  it('knows at once when Python dies in a call, and repeats its last words', async () => {
    await ask(async (bridge) => {
      const error = await failureOf(bridge.call('bridge_traps:die_in_call', [], z.null()));
      expect(error.message).toMatch(/Python ended with exit code 7/);
      expect(error.problems).toContain('last words');
      const later = await failureOf(bridge.call('bridge_traps:echo', [1], z.number()));
      expect(later).toBe(error);
    });
  });

  it('gives up on a call that lasts too long, and ends the Python that is still in it', async () => {
    const pid = await ask(
      async (bridge) => {
        const { pid: id } = await bridge.call('bridge_traps:who', [], whoSchema);
        const error = await failureOf(bridge.call('bridge_traps:sleep', [600], z.number()));
        expect(error.message).toMatch(/did not answer bridge_traps:sleep in 4 seconds/);
        return id;
      },
      { timeoutMs: 4000 },
    );
    expect(await waitUntilGone(pid)).toBe(true);
  });

  it('stops when the caller says so', async () => {
    const controller = new AbortController();
    const error = await failureOf(
      ask(
        async (bridge) => {
          await bridge.call('bridge_traps:who', [], whoSchema);
          setTimeout(() => controller.abort(), 50);
          return await bridge.call('bridge_traps:sleep', [600], z.number());
        },
        { signal: controller.signal },
      ),
    );
    expect(error.code).toBe('CANCELLED');
    const early = await failureOf(
      ask((bridge) => bridge.call('bridge_traps:who', [], whoSchema), { signal: controller.signal }),
    );
    expect(early.code).toBe('CANCELLED');
  });

  it.each([
    ['an interpreter that is not there', '/nowhere/python3'],
    ['a program that is no Python', process.execPath],
  ])('explains %s', async (_, wrong) => {
    const error = await failureOf(
      ask((bridge) => bridge.call('bridge_traps:who', [], whoSchema), { python: wrong }),
    );
    expect(error.code).toBe('RUNTIME');
    expect(error.where).toBe(wrong);
  });

  it('asks two interpreters in one process', async () => {
    const other = (
      await promisify(execFile)('python3', ['-c', 'import sys; print(sys.executable)'])
    ).stdout.trim();
    const executables = await Promise.all(
      [python, other].map((each) =>
        ask((bridge) => bridge.call('bridge_traps:who', [], whoSchema), { python: each }),
      ),
    );
    expect(executables.map((each) => each.executable)).toEqual([python, other]);
  });

  it('refuses an answer of another shape than expected', async () => {
    const error = await failureOf(ask((bridge) => bridge.call('bridge_traps:echo', ['1'], z.number())));
    expect(error.code).toBe('PROTOCOL');
  });

  it('ends Python in the middle of a call when its own process is killed', async () => {
    const script = `
      import { z } from 'zod';
      import { askPython } from './src/runtime/ask-python.js';
      await askPython(${JSON.stringify({ python, pythonPath })}, async (bridge) => {
        const { pid } = await bridge.call('bridge_traps:who', [], z.object({ pid: z.number() }));
        process.stdout.write(String(pid));
        await bridge.call('bridge_traps:sleep', [600], z.number());
      });
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: join(import.meta.dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(chunk.toString());
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    expect(await waitUntilGone(pid)).toBe(true);
  });

  it('keeps stdout clean and ends with its process, whatever DEBUG says', async () => {
    const script = `
      import { z } from 'zod';
      import { askPython } from './src/runtime/ask-python.js';
      const options = ${JSON.stringify({ python, pythonPath })};
      const said = await askPython(options, (bridge) => bridge.call('bridge_traps:print_noise', [], z.string()));
      process.stdout.write('[' + said + ']');
    `;
    const run = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      {
        cwd: join(import.meta.dirname, '../../..'),
        env: { ...process.env, DEBUG: '*' },
        timeout: 50_000,
      },
    );
    expect(run.stdout).toBe('[said]');
  });
});
