/**
 * A TCP proxy whose network can be cut, as a cable is: nothing passes, nobody is told, new connections find nobody.
 * Bytes that were under way wait, as they do in TCP; they are lost where an end gives its connection up meanwhile.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

interface Link {
  readonly near: Socket;
  far: Socket | null;
}

export interface CutProxy {
  readonly port: number;
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

/** Before `127.0.0.1:targetPort`. */
export async function openCutProxy(targetPort: () => number): Promise<CutProxy> {
  const links = new Set<Link>();
  let isCut = false;
  const join = (link: Link): void => {
    const far = connect(targetPort(), '127.0.0.1');
    link.far = far;
    pump(link, link.near, far, () => isCut);
    pump(link, far, link.near, () => isCut);
  };
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (near) => {
    const link: Link = { near, far: null };
    links.add(link);
    near.on('error', () => null);
    near.on('close', () => links.delete(link));
    if (!isCut) join(link);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const { near, far } of links) for (const end of [near, far]) end?.pause();
    },
    heal: () => {
      isCut = false;
      for (const link of [...links]) {
        if (link.far === null) join(link);
        else if (gone(link.near) || gone(link.far)) destroy(link);
        else for (const end of [link.near, link.far]) end.resume();
      }
    },
    close: async () => {
      for (const link of links) destroy(link);
      server.close();
      await once(server, 'close');
    },
  };
}

/** Ends seen while the network was cut, told when it is back. */
const ended = new WeakSet<Socket>();

function pump(link: Link, from: Socket, to: Socket, isCut: () => boolean): void {
  from.on('data', (bytes) => to.write(bytes));
  from.on('end', () => {
    ended.add(from);
    if (!isCut()) destroy(link);
  });
  from.on('error', () => {
    ended.add(from);
    if (!isCut()) destroy(link);
  });
  if (!isCut()) from.resume();
}

function gone(socket: Socket): boolean {
  return socket.destroyed || ended.has(socket);
}

function destroy({ near, far }: Link): void {
  near.destroy();
  far?.destroy();
}
