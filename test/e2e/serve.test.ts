import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsa, parseLines, startFsa } from '../helpers/cli.js';
import { SAMPLE_STUDENT } from '../helpers/small-data.js';
import { temporaryFolder } from '../helpers/temp-folder.js';

describe('fsa serve', () => {
  it('needs a model, and one that is there', async () => {
    const cwd = await temporaryFolder();
    expect(await fsa(['serve', '--port', '0'], { cwd })).toMatchObject({ exitCode: 2 });
    const missing = await fsa(['serve', '--model', './nowhere', '--port', '0'], { cwd });
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('nowhere');
  });

  it('refuses a token file that is empty, missing or a folder', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'token'), '\n');
    const refused = await fsa(['serve', '--model', './nowhere', '--token-file', 'token'], { cwd });
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('holds no token');
    for (const file of ['nothing', '.']) {
      const unread = await fsa(['serve', '--model', './nowhere', '--token-file', file], { cwd });
      expect([unread.exitCode, unread.stderr]).toEqual([2, expect.stringContaining('cannot be read')]);
    }
  });

  it('logs each request with the number of its texts, and ends with 0 after one SIGTERM', async () => {
    const model = ['--model', `sample=${SAMPLE_STUDENT}`, '--task', 'atsa', '--backend', 'torch'];
    const cli = startFsa(['serve', ...model, '--port', '0', '--set', 'serve.drainSeconds=0', '--json']);
    const said = await new Promise<string>((resolve) => {
      cli.onStdout(resolve);
      void cli.ended.then(({ stderr }) => resolve(stderr));
    });
    const { url } = JSON.parse(said) as { url: string };
    const ask = async (path: string, body: object): Promise<number> => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };
    expect(await ask('/predict', { texts: ['The soup was good.', 'secret words'] })).toBe(200);
    const input = { name: 'text', datatype: 'BYTES', shape: [1], data: ['The soup was good.'] };
    expect(await ask('/v2/models/sample/infer', { inputs: [input] })).toBe(200);
    cli.kill('SIGTERM');
    const { exitCode, stderr } = await cli.ended;
    expect(exitCode, stderr).toBe(0);
    const log = parseLines(stderr.replaceAll(/^[^{].*$/gm, ''));
    expect(log.filter(({ msg }) => msg === 'answered')).toMatchObject([
      { route: '/predict', status: 200, texts: 2, requestId: expect.any(String) as string },
      { route: '/v2/models/:model/infer', status: 200, texts: 1 },
    ]);
    expect(log.filter((line) => 'reqId' in line)).toEqual([]);
    expect(stderr).not.toContain('secret');
  });
});
