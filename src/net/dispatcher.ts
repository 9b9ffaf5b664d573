/** How connections leave: directly, or through the proxies of the settings. */
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { FsaError } from '../errors.js';
import type { ConnectionLimits } from './limits.js';
import type { ClientSettings } from './settings.js';

/** @throws FsaError USAGE where a proxy's address cannot be used */
export function openDispatcher({ proxy }: ClientSettings, limits: ConnectionLimits): Dispatcher {
  const options: Agent.Options = { connect: { timeout: limits.connectMs } };
  if (proxy.http === null && proxy.https === null) return new Agent(options);
  try {
    return new EnvHttpProxyAgent({
      ...options,
      // Empty strings, not undefined: the agent would read the environment by itself.
      httpProxy: proxy.http ?? '',
      httpsProxy: proxy.https ?? '',
      noProxy: proxy.none ?? '',
    });
  } catch {
    // No cause: a proxy's address may hold a password.
    throw new FsaError('USAGE', 'The address of the proxy cannot be used.', {
      advice: 'Set HTTPS_PROXY and HTTP_PROXY to addresses such as http://proxy:3128.',
    });
  }
}
