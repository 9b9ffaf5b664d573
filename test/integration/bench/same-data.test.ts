/** The yardstick's few lines that read the benchmark must give it the work that we give ourselves. */
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { PYTHON_FOLDER } from '../../../bench/lib/folders.js';
import { DATASETS } from '../../../bench/scenarios/cells.js';
import { SUBSETS } from '../../../src/tasks/vocabulary.js';
import { readEvalDatasets } from '../../../src/pipelines/eval/datasets.js';
import { ROOT } from '../../helpers/cli.js';
import { runtimePython } from '../../helpers/python.js';

const SCRIPT = `
import json, sys
from pathlib import Path
import cell_data
folder = Path(sys.argv[1])
subsets = {name: [row.target for row in rows] for name, rows in cell_data.read_subsets(folder).items()}
splits = {name: [row.target for row in cell_data.read_rows(folder, name)] for name in ("train", "dev")}
print(json.dumps({**splits, **subsets}))
`;

describe("the yardstick's data", () => {
  it.each(DATASETS)('are ours: %s', async (folder) => {
    const { stdout } = await execa(await runtimePython(), ['-c', SCRIPT, folder], {
      env: { PYTHONPATH: PYTHON_FOLDER },
    });
    const theirs = JSON.parse(stdout) as Record<string, string[]>;
    const [ours] = await readEvalDatasets([folder], { targetOrder: 'text', epochs: 1 }, ROOT);
    if (ours === undefined) throw new Error('No dataset was read.');
    const goldOf = (rows: readonly { gold: string }[]): string[] => rows.map(({ gold }) => gold);
    expect(theirs['train']).toEqual(goldOf(ours.train));
    expect(theirs['dev']).toEqual(goldOf(ours.dev));
    for (const subset of SUBSETS)
      expect(theirs[subset]).toEqual(goldOf(ours.test.filter((row) => row.subsets.includes(subset))));
  });
});
