import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMIT_A } from '../../fixtures/hub-server.js';
import { openHubHome, type HubHome } from './hub-home.js';

const options = { what: 'model', repo: 'someone/student' } as const;

let home: HubHome;
let proxy: Server;
let seen: { target: string; authorization: string | undefined }[];
beforeEach(async () => {
  home = await openHubHome();
  home.hub.repositories.push({
    kind: 'model',
    id: 'someone/student',
    branches: { main: COMMIT_A },
    commits: { [COMMIT_A]: { 'config.json': Buffer.from('{}'), 'model.safetensors': Buffer.from('w') } },
  });
  seen = [];
  proxy = startProxy();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await home.close();
});

/** A proxy that does both: tunnels, and plain requests with the whole address. */
function startProxy(): Server {
  const note = (request: IncomingMessage): void => {
    seen.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
  };
  const server = createServer((request, response) => {
    note(request);
    const onward = forward(request.url ?? '', { headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.end();
  });
  server.on('connect', (request, socket, head) => {
    note(request);
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on('error', () => undefined);
  });
  return server;
}

const proxyAddress = (user = ''): string =>
  `http://${user}127.0.0.1:${(proxy.address() as AddressInfo).port}`;

describe('a proxy', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('named by %s carries every request', async (name) => {
    process.env[name] = proxyAddress('user:secretword@');
    await home.get(options);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every(({ target }) => target.includes(new URL(home.hub.url).host))).toBe(true);
    expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('user:secretword').toString('base64')}`);
    expect(home.hub.requests.length).toBeGreaterThan(3);
  });

  it('is not used for hosts in NO_PROXY', async () => {
    process.env['HTTP_PROXY'] = proxyAddress();
    process.env['NO_PROXY'] = 'example.org,127.0.0.1';
    await home.get(options);
    expect(seen).toEqual([]);
  });

  it('that is not there is named in the error, without its password', async () => {
    process.env['HTTP_PROXY'] = 'http://user:secretword@127.0.0.1:1';
    const error = await home.fail(options);
    expect(error.code).toBe('DOWNLOAD');
    expect(`${error.describe()} ${String(error.stack)}`).not.toContain('secretword');
  });
});
