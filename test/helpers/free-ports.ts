import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to connections of their own: one of those may take any of a row at any time. */
const [LOWEST, END] = [10_000, 32_000];

/** The first of a row of ports that are free, each of them tried. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = LOWEST + Math.floor(Math.random() * (END - LOWEST - count));
    const row = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(row.map(isFree))).every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
