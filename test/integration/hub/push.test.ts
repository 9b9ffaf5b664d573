import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCard } from '../../../src/pipelines/push/card.js';
import type { PushOptions, PushResult } from '../../../src/pipelines/push/push.js';
import { seal } from '../../../src/storage/sealed-json.js';
import { fsa, parseLines } from '../../helpers/cli.js';
import { runtimePython } from '../../helpers/python.js';
import { writeStudent } from '../../helpers/written-student.js';
import { makeEval } from '../../unit/report/example.js';
import { environmentOf, makeBytes, type HubHome } from './hub-home.js';
import { openPushHome, pushStudent, refusedPush, REPO, TOKEN } from './push-home.js';

let home: HubHome;
let student: string;
beforeEach(async () => {
  home = await openPushHome();
  student = await writeStudent(join(home.folder, 'student'), {}, makeBytes(700_000));
});
afterEach(async () => {
  await home.close();
});

async function send(options: Partial<PushOptions> = {}): Promise<PushResult> {
  return await pushStudent(student, options);
}

async function refusal(options: Partial<PushOptions> = {}): Promise<string> {
  return (await refusedPush(student, options)).describe();
}

const filesOnHub = (): Record<string, Buffer> => {
  const repository = home.hub.repositories.find(({ id }) => id === REPO)!;
  return repository.commits[repository.branches['main']!]!;
};

describe('fsa push', () => {
  it('makes the repository and sends the student, its card and nothing of this machine', async () => {
    const { commit, page, files } = await send();
    expect(page).toBe(`${home.hub.url}/${REPO}`);
    const there = filesOnHub();
    expect(home.hub.repositories.at(-1)!.branches['main']).toBe(commit);
    expect(Object.keys(there).sort()).toEqual(
      ['.gitattributes', 'README.md', 'config.json', 'fsa.json', 'model.safetensors'].sort(),
    );
    expect(files.map(({ path }) => path)).not.toContain('worker.log');
    expect(there['model.safetensors']).toEqual(await readFile(join(student, 'model.safetensors')));
    expect(home.hub.parts.size).toBe(3);
    for (const name of ['README.md', 'fsa.json'])
      expect(there[name]!.toString()).not.toContain('/home/somebody');
    expect(home.hub.messages).toEqual(['Add student']);
    // What is there by its digest is not sent again, and a second push stands on the first.
    const before = home.hub.requests.length;
    await send({ message: 'Again' });
    expect(home.hub.requests.slice(before).some(({ method }) => method === 'PUT')).toBe(false);
    expect(
      home.hub.requests.filter(({ host, authorization }) => host === 'cdn' && authorization !== null),
    ).toEqual([]);
  });

  it('gets over trouble of the hub at every step, and changes nothing where somebody else was faster', async () => {
    const failed = new Set<string>();
    home.hub.fault = ({ method, path }) => {
      const key = `${method} ${path}`;
      if (method === 'GET' || failed.has(key)) return null;
      failed.add(key);
      return { kind: 'status', status: 503 };
    };
    await send();
    expect(failed.size).toBeGreaterThanOrEqual(6);
    expect(home.hub.messages).toHaveLength(1);
    const repository = home.hub.repositories.at(-1)!;
    home.hub.fault = ({ path }) => {
      if (path.includes('/preupload/')) repository.branches['main'] = 'e'.repeat(40);
      return null;
    };
    expect(await refusal()).toContain('Somebody else has committed to someone/student meanwhile');
    expect(home.hub.messages).toHaveLength(1);
  });

  it('says in a sentence what is missing or refused', async () => {
    expect(await refusal({ repo: 'student' })).toContain('names no owner');
    expect(await refusal({ repo: 'some one/x' })).toContain('is not the name of a repository');
    expect(await refusal({ license: 'no licence!' })).toContain("is no licence's name");
    expect(await refusal({ license: 'nobody-knows' })).toContain('The hub refuses the model card.');
    expect(await refusal({ repo: 'stranger/student' })).toContain(
      'The access token may not write to stranger/student (403).',
    );
    process.env['HF_TOKEN'] = 'hf_wrong';
    const wrong = await refusal();
    expect(wrong).toContain('The hub does not know the access token (401).');
    expect(wrong).not.toContain('hf_wrong');
    delete process.env['HF_TOKEN'];
    expect(await refusal()).toContain('Pushing needs an access token, and there is none.');
    await writeFile(join(student, 'config.json'), '{"model_type":"t6"}');
    expect(await refusal()).toContain('The model folder is damaged: config.json has other bytes');
    await rm(join(student, 'fsa.json'));
    expect(await refusal()).toMatch(/does not say what it predicts|nothing is known of it/);
  });

  it('shows on a dry run what would go, and asks nobody', async () => {
    const run = await fsa(['push', student, '--repo', REPO, '--license', 'mit', '--dry-run', '--json'], {
      env: environmentOf(home.hub, home.folder),
    });
    expect(run.exitCode, run.stderr).toBe(0);
    const result = parseLines(run.stdout).at(-1)!;
    expect(result['commit']).toBeNull();
    expect((result['files'] as { path: string }[]).map(({ path }) => path)).toEqual([
      'config.json',
      'model.safetensors',
      'fsa.json',
      'README.md',
    ]);
    expect(home.hub.requests).toEqual([]);
    const keyless = await fsa(['push', student, '--repo', REPO, '--license', 'mit', '--dry-run'], {
      env: { ...environmentOf(home.hub, home.folder), HF_TOKEN: '' },
    });
    expect(keyless.exitCode).toBe(0);
    expect(keyless.stderr).toContain('The run itself would be refused: Pushing needs an access token');
    const missing = await fsa(['push', student, '--repo', REPO]);
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('The licence is missing.');
  });
});

describe('fsa card', () => {
  async function writeEval(facts: object): Promise<string> {
    const run = join(home.folder, 'eval');
    const { file, results } = makeEval({ datasets: [{ task: 'atsa', name: 'rest14' }] });
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'run.json'), JSON.stringify({ ...file, ...facts }));
    await writeFile(join(run, 'results.json'), JSON.stringify(seal(results!)));
    return run;
  }

  it('takes figures over seeds by the weights that the student began with, and refuses a run without them', async () => {
    const startingDigest = 'a'.repeat(64);
    const files = { 'train.json': 'x', 'test.json': 'y' };
    const trainedOn = { model: 'sample', task: 'atsa', dataset: 'rest14', seed: 42, startingDigest, files };
    const other = await writeStudent(join(home.folder, 'other'), { trainedOn });
    const work = { signal: new AbortController().signal };
    const card = async (hashes: object): Promise<string> => {
      const results = [await writeEval({ hashes })];
      return (await makeCard({ model: other, license: 'mit', results }, work)).card;
    };
    expect(await card({ 'model distilled': startingDigest })).toContain('| F1 over seeds |');
    await expect(card({ 'model distilled': 'b'.repeat(64) })).rejects.toMatchObject({
      message: 'The results say nothing of this student on atsa/rest14.',
      advice: expect.stringMatching(/^They have .*distilled.*\(sample at that time\)/) as unknown,
    });
    const measured = { 'model distilled': startingDigest, 'dataset atsa/rest14 train.json': 'other' };
    expect(await card({ ...measured, 'dataset atsa/rest14 test.json': 'y' })).toContain('| F1 over seeds |');
    await expect(card({ ...measured, 'dataset atsa/rest14 test.json': 'other' })).rejects.toMatchObject({
      message: "The results are of other test sentences of atsa/rest14 than the student's.",
    });
  });

  it("is a card that the hub's own library reads back, and what Python pushes lands in the same way", async () => {
    const run = await writeEval({ notes: ['3 test sentences stand in the corpus.'] });
    const work = { signal: new AbortController().signal };
    const output = join(home.folder, 'README.md');
    const options = {
      model: student,
      license: 'apache-2.0',
      languages: ['no', 'en'],
      results: [run],
      output,
    };
    const { card } = await makeCard(options, work);
    expect(card).toMatch(
      /\| all \| 80 \| 65\.10 \| 66\.00 \| 64\.20 \| \d\d\.\d\d ± .* \| .* \| \+\d+\.\d\d \(n=3, p = 1\.000\) \|/,
    );
    // The smallest p of three seeds is 0.25; over the tests of the table it is nothing.
    expect(card).toMatch(/p by a sign-flip test, adjusted by Holm's method over .* \(\d+ tests\)/);
    expect(card).toContain('- 3 test sentences stand in the corpus.');
    const python = `
import json, sys
from huggingface_hub import HfApi, ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results
from pathlib import Path
card = ModelCard.load("${output}")
data = card.data.to_dict()
name, results = model_index_to_eval_results(data["model-index"])
card.validate()
api = HfApi(token="${TOKEN}")
api.create_repo("someone/other", exist_ok=True)
api.upload_folder(repo_id="someone/other", folder_path="${student}", commit_message="from Python", ignore_patterns=["*.log"])
print(json.dumps({"license": data["license"], "language": data["language"], "name": name,
  "results": [[r.dataset_split, r.metric_type, r.metric_value, r.metric_args] for r in results]}))
`;
    const env = {
      ...process.env,
      ...environmentOf(home.hub, home.folder),
      HF_HUB_DISABLE_XET: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
      HF_HUB_DISABLE_PROGRESS_BARS: '1',
    };
    const { stdout } = await promisify(execFile)(await runtimePython(), ['-c', python], { env });
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual({
      license: 'apache-2.0',
      language: ['no', 'en'],
      name: 'student',
      results: [
        ['all', 'f1', 65.1, { seed: 42 }],
        ['all', 'precision', 66, { seed: 42 }],
        ['all', 'recall', 64.2, { seed: 42 }],
        ['hard', 'recall', 64.2, { seed: 42 }],
      ],
    });
    expect(home.hub.messages).toEqual(['from Python']);
    const other = home.hub.repositories.find(({ id }) => id === 'someone/other')!;
    expect(other.commits[other.branches['main']!]!['model.safetensors']).toEqual(
      await readFile(join(student, 'model.safetensors')),
    );
  });
});
