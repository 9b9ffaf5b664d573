/** Files over the wire: the server of the coordinator and the client of the workers, with what can go wrong between them. */
import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PY_RUNTIME_FOLDER } from '../../../src/runtime/locate.js';
import { hashBytes } from '../../../src/storage/digest.js';
import { makeCertificate } from '../../../src/workers/blobs/certificate.js';
import { openBlobServer } from '../../../src/workers/blobs/server.js';
import { openCutProxy } from '../../helpers/cut-proxy.js';
import { runtimePython } from '../../helpers/python.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const TOKEN = 'a-token';

async function openServer() {
  const folder = await temporaryFolder();
  const certificate = makeCertificate();
  const server = await openBlobServer({
    address: '127.0.0.1',
    port: null,
    certificate,
    folder: join(folder, 'uploads'),
  });
  onTestFinished(() => server.close());
  server.shelf.admit(TOKEN, join(folder, 'worker.out'));
  const offer = async (name: string, bytes: Buffer): Promise<string> => {
    await writeFile(join(folder, name), bytes);
    const sha256 = hashBytes(bytes);
    server.shelf.offer([{ sha256, path: join(folder, name) }]);
    return sha256;
  };
  const address = {
    host: '127.0.0.1',
    port: server.port,
    fingerprint: certificate.fingerprint,
    token: TOKEN,
  };
  return { folder, server, address, offer };
}

type Wire = Awaited<ReturnType<typeof openServer>>['address'];

/** What a client says: lines of Python that find `client`, `folder` and the arguments. */
async function speak(wire: Wire, lines: readonly string[], more: readonly string[] = []) {
  const head = [
    'import json, socket, sys; from pathlib import Path',
    'from fsa_runtime.files.blob_address import BlobAddress',
    'from fsa_runtime.files.blob_client import *',
    'from fsa_runtime.files.node_cache import NodeCache',
    'address = BlobAddress(**json.loads(sys.argv[1])); args = sys.argv[2:]',
    'client = BlobClient(address, patience_seconds=float("20"))',
  ];
  const program = [...head, ...lines].join('\n');
  const env = { PYTHONPATH: PY_RUNTIME_FOLDER };
  return await execa(await runtimePython(), ['-c', program, JSON.stringify(wire), ...more], {
    env,
    reject: false,
  });
}

describe('files over the wire', () => {
  it('come whole, once for all workers of a machine, and stay up to a limit', async () => {
    const { folder, address, offer } = await openServer();
    const files = [];
    for (const name of ['one', 'two', 'three']) files.push(await offer(name, randomBytes(3_000_000)));
    const said = await speak(
      address,
      [
        'cache = NodeCache(Path(args[0]), limit_bytes=7_000_000)',
        'came = []',
        'with cache.work_folder() as work:',
        '    for sha in args[1:]:',
        '        for name in ("a", "b"):',
        '            cache.link(client, sha, work / sha[:4] / name, came.append)',
        '    print(sum(came), len(list((Path(args[0]) / "blobs").iterdir())))',
        'came.clear()',
        'with cache.work_folder() as work:',
        '    cache.link(client, args[3], work / "x"); cache.link(client, args[2], work / "y", came.append)',
        '    (work / "x").unlink(); (work / "y").unlink()',
        '    cache.link(client, args[1], work / "z", came.append)',
        '    print(sum(came))',
        'import shutil; shutil.rmtree(Path(args[0]) / "work")',
      ],
      [join(folder, 'cache'), ...files],
    );
    expect(said).toMatchObject({ stderr: '', stdout: '9000000 3\n0' });
  });

  it('go on where they were cut, both ways', async () => {
    const { folder, address, server, offer } = await openServer();
    const proxy = await openCutProxy(() => address.port);
    onTestFinished(() => proxy.close());
    const sha256 = await offer('big', randomBytes(60_000_000));
    server.shelf.allow(TOKEN, [join(folder, 'out')]);
    const drop = [
      'cut = [0]',
      'def dropping(count):',
      '    cut[0] += count',
      '    if 20_000_000 < cut[0] < 22_000_000: socket.socket.shutdown(client._connection.sock, 2)',
    ];
    const fetched = await speak(
      { ...address, port: proxy.port },
      [
        ...drop,
        'client.fetch(args[0], Path(args[1]), dropping)',
        'print(cut[0] < 62_000_000)',
        'cut[0] = 0; target = Path(args[1]); new = target.with_suffix(".new")',
        'import hashlib; new.write_bytes(target.read_bytes()[::-1]); sha = hashlib.sha256(new.read_bytes()).hexdigest()',
        'client.send(new, sha, dropping); client.place(args[2], [NamedBlob("x/y", sha)], [])',
        'print(cut[0] < 90_000_000)',
      ],
      [sha256, join(folder, 'fetched'), join(folder, 'out')],
    );
    expect(fetched).toMatchObject({ stderr: '', stdout: 'True\nTrue' });
    expect(hashBytes(await readFile(join(folder, 'fetched')))).toBe(sha256);
    expect(
      (await readFile(join(folder, 'out/x/y'))).reverse().equals(await readFile(join(folder, 'big'))),
    ).toBe(true);
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  it('are refused without the token, and said to nobody with another certificate', async () => {
    const { folder, address, server, offer } = await openServer();
    const sha256 = await offer('one', randomBytes(1000));
    const fetch = ['client.fetch(args[0], Path(args[1]))'];
    const to = [sha256, join(folder, 'x')];
    expect((await speak({ ...address, token: 'another' }, fetch, to)).stderr).toMatch(
      /this token opens nothing/,
    );
    const fingerprint = address.fingerprint.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    expect((await speak({ ...address, fingerprint }, fetch, to)).stderr).toMatch(
      /it shows another certificate/,
    );
    expect((await speak(address, fetch, to)).stderr).toBe('');
    server.shelf.dismiss(TOKEN);
    expect((await speak(address, fetch, [sha256, join(folder, 'y')])).stderr).toMatch(
      /this token opens nothing/,
    );
  });

  it('that rotted here are not taken for what was promised, nor begun ones that rotted there', async () => {
    const { folder, address, offer } = await openServer();
    const bytes = randomBytes(200_000);
    const sha256 = await offer('one', bytes);
    const begun = join(folder, 'begun');
    await writeFile(begun, Buffer.concat([randomBytes(10), bytes.subarray(10, 100_000)]));
    const fetch = ['client.fetch(args[0], Path(args[1]))'];
    expect((await speak(address, fetch, [sha256, begun])).stderr).toBe('');
    expect((await readFile(begun)).equals(bytes)).toBe(true);
    await writeFile(join(folder, 'one'), Buffer.concat([bytes.subarray(1), Buffer.of(1)]));
    const rotten = await speak(address, fetch, [sha256, join(folder, 'other')]);
    expect(rotten.stderr).toMatch(/what came is not the file of SHA-256/);
    expect(await readdir(folder)).not.toContain('other');
  });

  it('are put nowhere but where the job writes, and replace nothing that is there', async () => {
    const { folder, address, server } = await openServer();
    const mine = join(folder, 'jobs/a/checkpoint');
    server.shelf.allow(TOKEN, [mine]);
    await mkdir(join(mine, 'taken'), { recursive: true });
    await writeFile(join(mine, 'taken', 'file'), 'first');
    const attempts = [
      [`${folder}/jobs/b/checkpoint/x`, 'name', []],
      [`${mine}/../../b/x`, 'name', []],
      [`${mine}x`, 'name', []],
      [`${mine}/x`, '../../../evil', []],
      [`${mine}/x`, '/evil', []],
      [`${mine}/y`, 'name', [`${folder}/jobs`]],
      [`${mine}/taken`, 'name', []],
    ];
    const said = await speak(
      address,
      [
        'import hashlib; file = Path(args[0]); file.write_bytes(b"evil"); sha = hashlib.sha256(b"evil").hexdigest()',
        'for path, name, removes in json.loads(args[1]):',
        '    client.send(file, sha)',
        '    try: client.place(path, [NamedBlob(name, sha)], removes); print("placed")',
        '    except BlobError as error: print(error.status)',
      ],
      [join(folder, 'evil'), JSON.stringify(attempts)],
    );
    expect(said).toMatchObject({ stderr: '', stdout: '403\n403\n403\n400\n400\n403\nplaced' });
    expect(await readFile(join(mine, 'taken', 'file'), 'utf8')).toBe('first');
    expect(await readdir(mine)).toEqual(['taken']);
    expect(await readdir(join(folder, 'jobs'))).toEqual(['a']);
  });
});
