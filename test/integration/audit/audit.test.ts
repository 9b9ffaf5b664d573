/** `npm run audit` against registries of the test's own: npm asks a local server, pip-audit is a script. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const WEAK = {
  zod: [{ id: 1, url: 'https://example.org/1', title: 't', severity: 'high', vulnerable_versions: '*' }],
};
const KNOWN = { name: 'torch', version: '2.13.0', vulns: [] };
const CVE = { ...KNOWN, vulns: [{ id: 'CVE-2099-1', fix_versions: [] }] };
const UNKNOWN = { name: 'torch', skip_reason: 'Dependency not found on PyPI' };

describe.skipIf(process.platform === 'win32')('npm run audit', () => {
  it.each([
    ['nothing is known against any package', 200, {}, [KNOWN], 0, /^ok {3}npm: [^]*^ok {3}pip: .* 1 pinned/m],
    ['an npm package is weak', 200, WEAK, [KNOWN], 1, /^FAIL npm: .*\bzod \(high\)[^]*^ok {3}pip/m],
    ['a Python package is weak', 200, {}, [KNOWN, CVE], 1, /^FAIL pip: torch 2\.13\.0 \(CVE-2099-1\)/m],
    ['npm’s registry refuses to answer', 405, {}, [KNOWN], 75, /^skip npm: .*405[^]*^ok {3}pip/m],
    ['PyPI does not know the packages', 200, {}, [KNOWN, UNKNOWN], 75, /^skip pip: .*1 of 2 packages/m],
    ['one refuses and the other knows a weakness', 405, {}, [CVE], 1, /^skip npm[^]*^FAIL pip/m],
  ])('when %s', async (_, status, advisories, dependencies, exitCode, words) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    const pipAudit = join(folder, 'bin/pip-audit');
    await writeFile(pipAudit, `#!/bin/sh\necho '${JSON.stringify({ dependencies })}'\n`);
    await chmod(pipAudit, 0o755);
    const result = await execa(process.execPath, [join(ROOT, 'scripts/audit.mjs')], {
      reject: false,
      env: {
        PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
        npm_config_registry: await openRegistry(status, advisories),
        npm_config_cache: join(folder, 'cache'),
        npm_config_fetch_retries: '0',
      },
    });
    expect(result.stdout).toMatch(words);
    expect(result.exitCode).toBe(exitCode);
  });
});

/** Answers for every package alike, and to the question for advisories; its address. */
async function openRegistry(status: number, advisories: object): Promise<string> {
  const server = createServer((request, response) => {
    const isAudit = request.method === 'POST';
    const name = decodeURIComponent((request.url ?? '').slice(1));
    const packument = {
      name,
      'dist-tags': { latest: '4.6.7' },
      versions: { '4.6.7': { name, version: '4.6.7' } },
    };
    request.resume().on('end', () => {
      response.writeHead(isAudit ? status : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isAudit ? advisories : packument));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
