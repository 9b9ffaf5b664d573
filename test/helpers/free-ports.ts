import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** The first of a row of so many that is likely to be free. */
export async function freePorts(count: number): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port + count < 65_536 ? port : port - count;
}
