import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FsaError } from '../../../src/errors.js';
import { readStudentFile, writeStudentFile } from '../../../src/inference/student-file.js';
import type { PushOptions, PushResult } from '../../../src/pipelines/push/push.js';
import { fsa } from '../../helpers/cli.js';
import { writeStudent } from '../../helpers/written-student.js';
import type { SeenRequest } from '../../fixtures/hub-server.js';
import type { Fault } from '../../fixtures/hub-faults.js';
import { environmentOf, makeBytes, QUICK, type HubHome } from './hub-home.js';
import { openPushHome, pushStudent, refusedPush, REPO, TOKEN } from './push-home.js';

const WEIGHTS = makeBytes(700_000);
/** Three parts of the weights, the request that joins them, fsa.json and the card. */
const SENDS = 6;

let home: HubHome;
let student: string;
beforeEach(async () => {
  home = await openPushHome();
  student = await writeStudent(join(home.folder, 'student'), {}, WEIGHTS);
});
afterEach(async () => {
  await home.close();
});

async function send(options: Partial<PushOptions> = {}): Promise<PushResult> {
  return await pushStudent(student, options);
}

async function refused(options: Partial<PushOptions> = {}): Promise<FsaError> {
  return await refusedPush(student, options);
}

/** A fault for the first request of a kind, or for all of them. */
function spoil(path: RegExp, fault: Fault, times = Infinity): void {
  let left = times;
  home.hub.fault = (request) => {
    if (!path.test(request.path) || left <= 0) return null;
    left -= 1;
    return fault;
  };
}

/** What happens on this machine when the hub is first asked for something. */
function meanwhile(asked: (request: SeenRequest) => boolean, act: () => void): void {
  let done = false;
  home.hub.fault = (request) => {
    if (!done && asked(request)) {
      done = true;
      act();
    }
    return null;
  };
}

describe('a commit whose answer is lost', () => {
  it('is found on the hub, and not taken for that of somebody else', async () => {
    spoil(/\/commit\/main$/, { kind: 'lost' }, 1);
    const { commit } = await send();
    expect(home.hub.messages).toHaveLength(1);
    expect(home.hub.repositories.at(-1)!.branches['main']).toBe(commit);
  });
});

describe('a folder that changes during the push', () => {
  const weights = (): string => join(student, 'model.safetensors');
  const changes: [string, string, () => void][] = [
    ['other weights', 'model.safetensors', () => writeFileSync(weights(), makeBytes(700_000, 9))],
    ['shorter weights', 'model.safetensors', () => truncateSync(weights(), 300_000)],
    ['no weights', 'model.safetensors', () => rmSync(weights())],
    ['another small file', 'config.json', () => writeFileSync(join(student, 'config.json'), '{"a":"t6"}')],
  ];
  const steps: [string, (request: SeenRequest) => boolean][] = [
    ['before anything is read', ({ path }) => path.endsWith('/revision/main')],
    ['before the large files are hashed', ({ path }) => path.includes('/preupload/')],
    ['before they are sent', ({ path }) => path.endsWith('/objects/batch')],
  ];
  const cases = steps.flatMap(([when, asked]) =>
    changes.map(([what, name, act]) => [`${what} ${when}`, name, asked, act] as const),
  );
  it.each(cases)('makes no commit: %s', async (_, name, asked, act) => {
    meanwhile(asked, act);
    const error = await refused();
    expect(error.code).toBe('CONFIG');
    expect(error.message).toBe(`${name} changed while it was pushed.`);
    expect(error.where).toBe(join(student, name));
    expect(home.hub.messages).toEqual([]);
    // Nor is what fails on this machine tried again on the hub.
    expect(home.hub.requests.filter(({ path }) => path.startsWith('/upload/')).length).toBeLessThanOrEqual(
      SENDS,
    );
  });
});

describe('what answers', () => {
  const steps = [
    'validate-yaml',
    'repos/create',
    'revision/main',
    'preupload',
    'objects/batch',
    'commit/main',
  ];
  it.each(steps)('is the hub, or the push ends: %s', async (step) => {
    for (const body of ['<html>Sign in</html>', 'null', '[]']) {
      home.hub.answer = ({ path }) => (path.includes(step) ? Buffer.from(body) : null);
      const error = await refused();
      expect(error.code).toBe('DOWNLOAD');
      expect(error.message).toMatch(/^What answers is not the hub: it is no (JSON|object)\.$/);
      expect(error.where).toContain(step);
      expect(error.advice).toContain('HF_ENDPOINT');
    }
    expect(home.hub.messages).toEqual([]);
  });

  it.each(['revision/main', 'preupload', 'objects/batch', 'commit/main'])(
    'names what a push cannot do without: %s',
    async (step) => {
      home.hub.answer = ({ path }) => (path.includes(step) ? Buffer.from('{}') : null);
      expect((await refused()).message).toMatch(
        /^What answers is not the hub: (sha|files|objects|commitOid) is/,
      );
    },
  );

  it('is told in its own words where it refuses, without the token', async () => {
    home.hub.accounts.set(TOKEN, { name: 'someone', writes: [] });
    expect((await refused()).problems).toEqual(['The hub says: You do not have the rights.']);
  });

  it('may send on to the new name of a repository, which is said', async () => {
    spoil(/\/preupload\//, { kind: 'status', status: 307, headers: { location: `${home.hub.url}/x` } });
    const error = await refused();
    expect(error.message).toBe(`The hub sends what is meant for ${REPO} on to another address (307).`);
    expect(error.advice).toContain('--repo');
  });

  it('may be the storage, whose refusal is not about the token', async () => {
    spoil(/^\/upload\//, { kind: 'status', status: 403 });
    const error = await refused();
    expect(error.message).toBe("The hub's storage refuses a large file (403).");
    expect(error.where).toContain(home.hub.cdnUrl);
  });

  it('may take its time for what a slow line still holds of a file', async () => {
    spoil(/^\/upload\/\w+\/\d+$/, { kind: 'late', ms: 2 * QUICK.stallMs! });
    await send();
    // Nothing was sent a second time.
    expect(home.hub.requests.filter(({ path }) => path.startsWith('/upload/'))).toHaveLength(SENDS);
  });
});

describe('what is refused before it is sent', () => {
  it('is a student without fsa.json: the advice names what `fsa push` has', async () => {
    await rm(join(student, 'fsa.json'));
    for (const tokenizer of ['{}', '{"content":"[NL]"}']) {
      await writeFile(join(student, 'tokenizer.json'), tokenizer);
      const run = await fsa(['push', student, '--repo', REPO, '--license', 'mit'], {
        env: environmentOf(home.hub, home.folder),
      });
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain('The model has no fsa.json');
      expect(run.stderr).toContain('fsa finetune');
      expect(run.stderr).not.toMatch(/--task|--raw/);
    }
  });

  it('is a private push to a repository that all can see', async () => {
    await send();
    const before = home.hub.messages.length;
    const error = await refused({ private: true });
    expect(error.message).toBe(`${REPO} is there already, and is public: nothing was sent.`);
    expect(home.hub.messages).toHaveLength(before);
    // A private one is made so, and is private the second time as well.
    await send({ repo: 'someone/hidden', private: true });
    await send({ repo: 'someone/hidden', private: true });
    expect(home.hub.repositories.at(-1)!.private).toBe(true);
  });

  it('is everything where the network is off', async () => {
    process.env['HF_HUB_OFFLINE'] = '1';
    const { message, advice } = await refused();
    expect(message).toBe('Files have to be sent, and the network is off.');
    expect(advice).not.toContain('--offline');
  });

  it('is a file outside the folder that fsa.json names', async () => {
    const { files, ...rest } = (await readStudentFile(student))!;
    await mkdir(join(home.folder, 'private'));
    await writeFile(join(home.folder, 'private/key'), 'secret');
    await writeStudentFile(student, [...Object.keys(files), '../private/key'], rest);
    expect((await refused()).message).toContain('fsa.json is not what fsa wrote: files.../private/key');
    expect(home.hub.requests).toEqual([]);
  });
});
