import { describe, expect, it, vi } from 'vitest';
import { doctor } from '../../../src/pipelines/doctor/doctor.js';
import { checkNode } from '../../../src/pipelines/doctor/checks.js';
import { readRuntime } from '../../../src/runtime/locate.js';
import { fsa } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

vi.setConfig({ testTimeout: 300_000 });

// `npm test` makes the runtime first; only a run by hand over another interpreter has none.
const runtime = await readRuntime().catch(() => null);
const byHand = process.env['FSA_TEST_PYTHON'] !== undefined;

describe('doctor', () => {
  it.skipIf(runtime === null && byHand)('finds a runtime made by setup in order', async () => {
    const steps: string[] = [];
    const report = await doctor(
      {},
      {
        emit: (event) => {
          if (event.type === 'setup-step' && event.state === 'done') steps.push(event.step);
        },
        signal: new AbortController().signal,
      },
    );
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ name }) => name)).toEqual(steps);
    const found = new Map(report.checks.map((check) => [check.name, check.found]));
    expect(found.get('packages')).toMatch(/^(\d+) of \1 as the lock pins them$/);
    expect(found.get('devices')).toMatch(/cpu .*GiB free/);
    expect(found.get('worker')).toMatch(/ready in .* over an encrypted socket/);
  });

  it('without a runtime says what to do, and checks the rest all the same', async () => {
    vi.stubEnv('FSA_CACHE', await temporaryFolder());
    const report = await doctor({}, { emit: () => undefined, signal: new AbortController().signal });
    vi.unstubAllEnvs();
    expect(report.ok).toBe(false);
    const checks = new Map(report.checks.map((check) => [check.name, check]));
    expect(checks.get('runtime')).toMatchObject({ ok: false, advice: 'Run `fsa setup`.' });
    expect(checks.get('worker')?.found).toMatch(/not checked/);
    expect(checks.get('ZeroMQ of Node')).toMatchObject({ ok: true, advice: null });
  });

  it('says each finding once where nobody sees a board', async () => {
    const { stdout, stderr } = await fsa(['doctor'], { env: { FSA_CACHE: await temporaryFolder() } });
    for (const name of ['lock', 'disk', 'runtime'])
      expect(`${stdout}\n${stderr}`.match(new RegExp(`\\b${name}: `, 'g'))).toHaveLength(1);
  });

  it('stops when asked to', async () => {
    await expect(doctor({}, { emit: () => undefined, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('knows which Node is too old', () => {
    expect(() => checkNode('18.20.4')).toThrow('too old');
    expect(() => checkNode('20.18.9')).toThrow('too old');
    expect(checkNode('20.19.0')).toContain('20.19.0');
    expect(checkNode('22.1.0')).toContain('22.1.0');
  });
});
