import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { fsa, parseLines, ROOT } from '../helpers/cli.js';
import { SAMPLE_STUDENT, smallDataset } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

it('a gate that is not met ends an eval with 9 and stands in JUnit XML; a wrong one ends it before any work', async () => {
  const folder = await temporaryFolder();
  const dataset = await smallDataset(folder, 'atsa');
  const words = (run: string): string[] => [
    ...['eval', '--model', `tiny=${SAMPLE_STUDENT}`, '--dataset', dataset, '--seeds', '1', '--epochs', '0'],
    ...['--threads', '1', '--output', join(folder, run)],
  ];
  const [old, now] = [join(folder, 'old'), join(folder, 'now')];
  const met = await fsa([...words('old'), '--fail-under', 'atsa/small=0']);
  expect(met.exitCode, met.stderr).toBe(0);
  expect(met.stdout).toMatch(/gate met: fail-under atsa\/small=0: tiny on atsa\/small: F1 \d/);

  const missed = await fsa([
    ...words('now'),
    ...['--fail-under', 'tiny:atsa/small=100', '--no-worse-than', old, '--json'],
  ]);
  expect(missed.exitCode).toBe(9);
  expect(parseLines(missed.stdout).at(-1)).toMatchObject({
    type: 'result',
    gates: [
      { passed: false, gate: 'fail-under tiny:atsa/small=100' },
      { passed: true, message: expect.stringContaining('F1 0.00 over 1 seed in common') as string },
    ],
  });
  const junit = await readFile(join(now, 'report.junit.xml'), 'utf8');
  expect(junit).toContain('name="fail-under tiny:atsa/small=100: tiny"');

  for (const [gate, said] of [
    [['--fail-under', 'atsa/rest99=1'], /about atsa\/rest99, which is not measured/],
    [['--fail-under', 'nobody:atsa/small=1'], /the model nobody, which is not measured/],
    [['--no-worse-than', join(folder, 'nowhere')], /held against has no results/],
    [['--no-worse-than', now], /cannot be held against itself/],
  ] as const) {
    const refused = await fsa([...words('now'), ...gate]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(said);
    expect(refused.stderr).not.toContain('done already');
  }

  // Other test sentences under the same name: their figures say nothing of the model.
  const changed = join(dataset, 'test.json');
  const sentences = await readFile(changed, 'utf8');
  await writeFile(changed, JSON.stringify((JSON.parse(sentences) as unknown[]).slice(1)));
  const refused = await fsa([...words('other'), '--no-worse-than', old]);
  expect(refused.exitCode, refused.stdout).toBe(2);
  expect(refused.stderr).toContain('measured on other test sentences of atsa/small');
  await writeFile(changed, sentences);

  // The example that a nightly build starts from, against the run above.
  const example = [
    join(ROOT, 'examples/nightly-gate.mjs'),
    SAMPLE_STUDENT,
    dataset,
    '0',
    join(folder, 'night'),
  ];
  const night = await execa('node', [...example, old], { env: { EPOCHS: '0' }, reject: false });
  expect(night.stdout).toMatch(/^met fail-under atsa\/small=0: F1 0\.00 is at least 0\.00; 1 seed/m);
  expect(night.exitCode, night.stderr).toBe(0);
});
