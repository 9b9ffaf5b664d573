import { expect, it } from 'vitest';
import { withoutNodes } from '../../../src/workers/launchers/engines/slurm-exclude.js';

it.each([
  [[], ['-x', 'a', '--nice=5'], ['-x', 'a', '--nice=5']],
  [['n1'], ['--nice=5', '--exclusive'], ['--exclude=n1', '--nice=5', '--exclusive']],
  [
    ['n1', 'n2'],
    ['--exclude=n[3-4]', '--nice=5'],
    ['--exclude=n[3-4],n1,n2', '--nice=5'],
  ],
  [['n1'], ['-x', 'n3', '--nice=5'], ['--exclude=n3,n1', '--nice=5']],
  [['n1'], ['--exclude', 'n3'], ['--exclude=n3,n1']],
  [['n1'], ['-xn3'], ['--exclude=n3,n1']],
  // As sbatch does, by the last.
  [['n1'], ['-xn3', '--exclude=n4'], ['--exclude=n4,n1']],
  // Names in a file stay there.
  [['n1'], ['--exclude=./bad-nodes', '--nice=5'], ['--exclude=./bad-nodes', '--nice=5']],
])('leaves out %j beside what %j leaves out', (nodes, own, all) => {
  expect(withoutNodes(nodes, own)).toEqual(all);
});
