/** The hosts of a real sshd on the loopback interface, with keys of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { numbersOf, openPlace, pause } from '../../faults/fault-place.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';

const noSshd: string | null = (() => {
  if (existsSync(SSHD)) return null;
  const why = 'openssh-server is not installed';
  if (process.env['FSA_REQUIRE_ALL'] !== undefined) throw new Error(`FSA_REQUIRE_ALL is set, and ${why}.`);
  return why;
})();

/** @returns arguments for `ssh` that reach it, and nothing else */
async function openSshd(): Promise<string[]> {
  const folder = await temporaryFolder();
  const inIt = (name: string): string => join(folder, name);
  for (const name of ['host', 'user'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', inIt(name)]);
  await copyFile(inIt('user.pub'), inIt('authorized'));
  const port = await freePort();
  const host = (await readFile(inIt('host.pub'), 'utf8')).trim();
  const names = ['127.0.0.1', 'localhost'].map((name) => `[${name}]:${port} ${host}\n`);
  await writeFile(inIt('known'), names.join(''));
  const settings = {
    Port: port,
    ListenAddress: '127.0.0.1',
    HostKey: inIt('host'),
    AuthorizedKeysFile: inIt('authorized'),
    PidFile: 'none',
    StrictModes: 'no',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
    PermitRootLogin: 'prohibit-password',
  };
  await writeFile(
    inIt('config'),
    Object.entries(settings)
      .map((pair) => `${pair.join(' ')}\n`)
      .join(''),
  );
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
  const daemon = spawn(SSHD, ['-D', '-e', '-f', inIt('config')], { stdio: 'ignore' });
  onTestFinished(async () => {
    daemon.kill();
    if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
  });
  while (!(await answers(port))) await pause(50);
  const known = ['-o', `UserKnownHostsFile=${inIt('known')}`, '-o', 'StrictHostKeyChecking=yes'];
  return ['-F', 'none', '-i', inIt('user'), '-p', String(port), ...known];
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe.skipIf(noSshd !== null)('fsa on hosts by ssh', () => {
  it('gives the figures of this machine, says who does not let it in, and leaves nobody there', async () => {
    const place = await openPlace();
    const words = await openSshd();
    const hosts = ['127.0.0.1', 'localhost'];
    const settings = { gpusPerSlot: 0, cpusPerSlot: 1, hosts, extraArguments: words };
    const sets = Object.entries(settings).flatMap(([key, value]) => [
      '--set',
      `cluster.${key}=${JSON.stringify(value)}`,
    ]);
    const on = ['--on', 'ssh', '--parallel', '2', ...sets];
    expect(await place.run(place.evalWords('here', '1,2'))).toMatchObject({ exitCode: 0 });
    const there = await place.run(place.evalWords('there', '1,2', on));
    expect(there).toMatchObject({ exitCode: 0, error: null });
    const started = there.events.filter(({ type }) => type === 'worker-started').map(({ host }) => host);
    expect(started.sort()).toEqual(hosts);
    expect(await numbersOf(join(place.folder, 'there'))).toEqual(await numbersOf(join(place.folder, 'here')));

    const stranger = ['--set', `cluster.hosts=["nobody@127.0.0.1"]`];
    const check = ['cluster', 'check', '--json', '--on', 'ssh', ...sets, ...stranger];
    const refused = await place.run(check);
    expect(refused).toMatchObject({
      error: { code: 'RUNTIME', message: 'The host nobody@127.0.0.1 does not let ssh in.' },
    });
    expect(JSON.stringify(refused.error)).toMatch(/Permission denied/);
    expect(await place.run(place.evalWords('stranger', '1', [...on, ...stranger]))).toMatchObject({
      exitCode: 6,
      error: {
        message: expect.stringMatching(
          /could not start on nobody@127\.0\.0\.1: ssh does not get there \(.*Permission denied.*\)\. See that `ssh .* nobody@127\.0\.0\.1 true` works/,
        ) as string,
      },
    });
    // No host, and one without a name.
    for (const [setting, exitCode, words] of [
      ['cluster.hosts=[]', 2, /^The setting cluster\.hosts is missing/],
      ['cluster.hosts=[""]', 2, /cluster\.hosts/],
    ] as const) {
      const { exitCode: code, error } = await place.run(
        place.evalWords('nowhere', '1', [...on, '--set', setting]),
      );
      expect({ code, said: JSON.stringify(error) }).toMatchObject({ code: exitCode });
      expect(`${String(error?.['message'])} ${JSON.stringify(error)}`).toMatch(words);
    }
  });
});
