/** The server of the comparison, in a process of its own: 20 files of 1 MB and one of 1 GB. Prints its address. */
import { createHash } from 'node:crypto';
import { COMMIT_A, startHubServer } from '../../test/fixtures/hub-server.js';

const MB = 1_000_000;
const hub = await startHubServer();
const small = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => [`part-${index}.json`, fill(MB, `small ${index}`)]),
);
hub.repositories.push(
  repository('bench/small', small),
  repository('bench/large', { 'model.safetensors': fill(Number(process.argv[2] ?? 1000) * MB, 'large') }),
);
process.stdout.write(`${hub.url}\n`);

function repository(id: string, files: Record<string, Buffer>) {
  const commits = { [COMMIT_A]: files };
  return { kind: 'model', id, branches: { main: COMMIT_A }, commits, largeFrom: 10 * MB } as const;
}

/** Bytes that repeat nowhere within the first gigabytes. */
function fill(bytes: number, seed: string): Buffer {
  const content = Buffer.allocUnsafe(bytes);
  const block = createHash('sha512').update(seed).digest();
  for (let at = 0; at < bytes; at += 64) {
    block.writeUInt32LE(at / 64, 0);
    block.copy(content, at);
  }
  return content;
}
