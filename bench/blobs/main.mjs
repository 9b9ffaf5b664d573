// A model's folder of 0.9 GB from the coordinator to four workers at once: `npm run build && npx tsx bench/blobs/main.mjs`.
// Prints megabytes per second of all together, processor seconds per gigabyte of either side, and how late the
// coordinator's own loop, which answers heartbeats, was meanwhile. A first argument is the Python to use.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { readRuntime } from '../../src/runtime/locate.ts';
import { Blobs } from '../../src/workers/blobs/blobs.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const CLIENTS = 4;
const BYTES = 900_000_000;
const PIECE = randomBytes(10_000_000);
const CLIENT = `
import json, resource, sys, pathlib
from fsa_runtime.files.blob_client import Address, BlobClient
address, sha256, path = json.loads(sys.argv[1])
sys.stdin.readline()
BlobClient(Address(**address)).fetch(sha256, pathlib.Path(path))
use = resource.getrusage(resource.RUSAGE_SELF)
print(use.ru_utime + use.ru_stime)
`;

const folder = await mkdtemp(join(tmpdir(), 'fsa-bench-blobs-'));
try {
  console.log(JSON.stringify(await measure(), null, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure() {
  const path = join(folder, 'model.safetensors');
  const sha256 = await writeModel(path);
  const blobs = await Blobs.open({ address: '127.0.0.1', port: null, folder: join(folder, 'uploads') });
  const python = process.argv[2] ?? (await readRuntime()).python;
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const { token, fingerprint, port, begin } = blobs.admit(join(folder, 'log'));
      await begin({ kind: 'generate', model: folder, modelFiles: [{ name: 'model.safetensors', sha256 }] });
      const words = [
        { host: '127.0.0.1', port, fingerprint, token },
        sha256,
        join(folder, `client-${index}`),
      ];
      return spawn(python, ['-c', CLIENT, JSON.stringify(words)], {
        env: { PYTHONPATH: join(ROOT, 'py_runtime') },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
    }),
  );
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const before = process.cpuUsage();
  const started = performance.now();
  delay.enable();
  const seconds = await Promise.all(
    clients.map(async (client) => {
      client.stdin.end('go\n');
      const [said] = await once(client.stdout, 'data');
      return Number(String(said));
    }),
  );
  delay.disable();
  const wall = (performance.now() - started) / 1000;
  const used = process.cpuUsage(before);
  await blobs.close();
  const gigabytes = (CLIENTS * BYTES) / 1e9;
  return {
    clients: CLIENTS,
    megabytesPerSecond: Math.round((1000 * gigabytes) / wall),
    serverCpuSecondsPerGigabyte: round((used.user + used.system) / 1e6 / gigabytes),
    clientCpuSecondsPerGigabyte: round(seconds.reduce((sum, one) => sum + one, 0) / gigabytes),
    coordinatorDelayP99Ms: round(delay.percentile(99) / 1e6 - 10),
  };
}

async function writeModel(path) {
  const file = await open(path, 'w');
  const hash = createHash('sha256');
  for (let written = 0; written < BYTES; written += PIECE.length) {
    await file.write(PIECE);
    hash.update(PIECE);
  }
  await file.close();
  return hash.digest('hex');
}

function round(value) {
  return Math.round(1000 * value) / 1000;
}
