/** An exported student behind HTTP: under load, against clients that misbehave, at its end. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { loadModel } from '../../src/index.js';
import { fsa, parseLines, ROOT, startFsa } from '../helpers/cli.js';
import { nastyTexts } from '../helpers/nasty-texts.js';
import { made, makeExport } from './exported-student.js';

makeExport();

it('serves the export under load: right answers or 429, the right refusal of each kind, and none lost at SIGTERM', async () => {
  const texts = nastyTexts(40).filter((text) => text.length < 500);
  const model = await loadModel(made.exported);
  const expected = await model.predict(texts);
  await model.close();
  const limits = ['serve.maxWaitingTexts=24', 'serve.drainSeconds=0', 'serve.maxBodyKib=256'];
  const words = ['serve', '--model', `s=${made.exported}`, '--backend', 'onnx', '--port', '0', '--json'];
  const cli = startFsa([...words, ...limits.flatMap((limit) => ['--set', limit])], {
    forceKillAfterDelay: false,
  });
  const url = await new Promise<string>((done) => {
    cli.onStdout((said) => {
      done((JSON.parse(said) as { url: string }).url);
    });
  });
  const post = async (body: string, type = 'application/json', id = 'none'): Promise<Response> =>
    await fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': type, 'x-request-id': id },
      body,
    });
  const refusals: [string, string, number][] = [
    ['{"texts": ["broken', 'application/json', 400],
    ['{"words": []}', 'application/json', 400],
    ['{"texts": ["x"]}', 'text/plain', 415],
    [JSON.stringify({ texts: Array.from({ length: 10_000 }, () => 'x') }), 'application/json', 413],
    [JSON.stringify({ texts: ['x'.repeat(1_000_000)] }), 'application/json', 413],
  ];
  for (const [body, type, status] of refusals)
    expect((await post(body, type)).status, body.slice(0, 40)).toBe(status);

  // A client that never ends its request holds nobody up.
  const slow = connect(Number(new URL(url).port), '127.0.0.1');
  slow.write(
    'POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"te',
  );
  slow.on('error', () => undefined);
  const tally = { right: 0, busy: 0, refused: 0, wrong: 0 };
  const answered: string[] = [];
  let ending = false;
  const client = async (number: number): Promise<void> => {
    for (let turn = number; !ending; turn += 1) {
      const at = turn % texts.length;
      const id = `${number}.${turn}`;
      const body = JSON.stringify({ texts: [texts[at]] });
      const answer = await post(body, 'application/json', id).catch(() => null);
      if (answer === null || answer.status === 503) tally.refused += 1;
      else if (answer.status === 429) {
        tally.busy += 1;
        if (answer.headers.get('retry-after') === null) tally.wrong += 1;
      } else {
        const { predictions } = (await answer.json()) as { predictions: { tuples: unknown }[] };
        const isRight =
          answer.status === 200 && isDeepStrictEqual(predictions[0]!.tuples, expected[at]!.tuples);
        tally[isRight ? 'right' : 'wrong'] += 1;
        answered.push(id);
      }
    }
  };
  const clients = Array.from({ length: 60 }, async (_, number) => await client(number));
  while (tally.right < 300) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tally.wrong).toBe(0);
  }
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(tally.busy).toBeGreaterThan(0);
  slow.destroy();
  cli.kill('SIGTERM');
  const { exitCode, stderr } = await cli.ended;
  ending = true;
  await Promise.all(clients);
  // An answer that broke off would be `wrong`, one that never came would have thrown in `json`.
  expect(tally.wrong).toBe(0);
  expect(exitCode, stderr).toBe(0);
  // Every request that the server says it answered arrived with its client, and no other.
  const accepted = parseLines(stderr.replaceAll(/^[^{].*$/gm, ''))
    .filter(({ msg, status }) => msg === 'answered' && status === 200)
    .filter(({ route }) => route === '/predict')
    .map(({ requestId }) => String(requestId));
  expect(answered.sort()).toEqual(accepted.sort());
});

it('says that the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const { exitCode, stderr } = await fsa(['serve', '--model', made.exported, '--port', String(port)]);
  other.close();
  expect(stderr).toContain('The server cannot listen: the port is taken.');
  expect(exitCode).toBe(2);
});

it.each([
  ['its process ends', 'process.exit(3)', 3],
  ['it is closed', 'await model.close()', 0],
  ['its call is cancelled and the process ends', 'ending.abort(); process.exit(3)', 3],
])('ends a call under way when %s, and takes nobody down with it', async (_what, end, exitCode) => {
  const program = `
import { loadModel } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
const model = await loadModel(process.argv[1], { threads: 1 });
const texts = Array(4000).fill('The food was great and the service was slow.');
const ending = new AbortController();
const under = model.predict(texts, { signal: ending.signal }).catch(({ code }) => code);
setTimeout(async () => { ${end}; console.log(await under); }, 700);
`;
  const words = ['--input-type=module', '-e', program, made.exported];
  const ended = await execa(process.execPath, words, { reject: false });
  expect([ended.signal, ended.exitCode], ended.stderr).toEqual([undefined, exitCode]);
  expect(ended.stdout).toBe(exitCode === 0 ? 'CANCELLED' : '');
});

it('ends at once at the second signal, with the exit code of what was interrupted', async () => {
  const cli = startFsa(['serve', '--model', made.exported, '--backend', 'onnx', '--port', '0', '--json']);
  const url = await new Promise<string>((done) => {
    cli.onStdout((said) => done((JSON.parse(said) as { url: string }).url));
  });
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ texts: Array(64).fill('The food was great and the service was slow.') }),
  };
  const ask = async (): Promise<unknown> => await fetch(`${url}/predict`, request).catch(() => null);
  const asked = Array.from({ length: 8 }, ask);
  const until = async (path: string, said: RegExp): Promise<void> => {
    while (!said.test(await (await fetch(url + path)).text())) await sleep(5);
  };
  await until('/metrics', /^fsa_queue_depth\{model="\w+"\} [1-9]/m);
  cli.kill('SIGTERM');
  await until('/ready', /stopping/);
  cli.kill('SIGTERM');
  const { exitCode, stderr } = await cli.ended;
  expect(exitCode, stderr).toBe(130);
  expect(stderr).toContain('SIGTERM received: answering what was accepted. Once more ends at once.');
  expect(stderr).not.toContain('what is saved');
  await Promise.all(asked);
});
