/** Taking an address, or saying in a sentence why it cannot be had. */
import type { Server } from 'node:http';
import { FsaError } from '../errors.js';

interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** As much of a fastify application as this needs. */
interface Listener {
  readonly server: Server;
  listen(address: Address): Promise<string>;
}

/**
 * @returns the address as clients write it
 * @throws FsaError USAGE where it cannot be listened on
 */
export async function listen(app: Listener, { host, port }: Address): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FsaError('USAGE', `The server cannot listen: ${sentenceOf(code)}.`, {
      where: `${host}:${port}`,
      advice: 'Choose another with --port (0 takes a free one) or --host.',
      cause,
    });
  }
  const address = app.server.address();
  const name = host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${typeof address === 'object' && address !== null ? address.port : port}`;
}

function sentenceOf(code: string | undefined): string {
  if (code === 'EADDRINUSE') return 'the port is taken';
  if (code === 'EACCES') return 'this user may not take the port';
  if (code === 'EADDRNOTAVAIL') return 'the address is not of this machine';
  if (code === 'ENOTFOUND') return 'the name of the host is unknown';
  return code ?? 'the address is refused';
}
