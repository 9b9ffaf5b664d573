/** Where the hub is and how it is reached, as the environment says; the same variables Python's client reads. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { homeFolder, readEnvironment, readProxies } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import { type ClientSettings, Secret } from '../../net/settings.js';

export interface HubSettings extends ClientSettings {
  /** Address that serves `/<owner>/<repository>/<commit>/<path>` of public GitHub repositories. */
  readonly benchmarkHost: string;
  /** The cache shared with Python's client. */
  readonly cacheFolder: string;
  readonly offline: boolean;
}

/** @throws FsaError USAGE when an address does not parse */
export function readHubSettings(): HubSettings {
  return {
    endpoint: readAddress('HF_ENDPOINT', 'https://huggingface.co'),
    benchmarkHost: readAddress('FSA_BENCHMARK_URL', 'https://raw.githubusercontent.com'),
    token: readToken(),
    cacheFolder: hubCacheFolder(),
    errorCode: 'DOWNLOAD',
    addressName: 'HF_ENDPOINT (FSA_BENCHMARK_URL for the benchmark)',
    offline: /^(1|true|yes|on)$/i.test(readEnvironment('HF_HUB_OFFLINE') ?? ''),
    proxy: readProxies(),
  };
}

/** Folder of the cache shared with Python's client. */
export function hubCacheFolder(): string {
  return resolve(expandHome(readEnvironment('HF_HUB_CACHE') ?? join(hubHome(), 'hub')));
}

function hubHome(): string {
  const own = readEnvironment('HF_HOME');
  if (own !== null) return expandHome(own);
  return join(readEnvironment('XDG_CACHE_HOME') ?? join(homeFolder(), '.cache'), 'huggingface');
}

const expandHome = (path: string): string =>
  /^~(\/|$)/.test(path) ? join(homeFolder(), path.slice(1)) : path;

function readAddress(name: 'HF_ENDPOINT' | 'FSA_BENCHMARK_URL', otherwise: string): string {
  const text = readEnvironment(name) ?? otherwise;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new FsaError('USAGE', `The variable ${name} is not an address that can be asked.`, {
      advice: `Set it to an address such as ${otherwise}, without a user name or password in it.`,
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** From HF_TOKEN, else from the file that `hf auth login` writes. */
function readToken(): Secret | null {
  const text = readEnvironment('HF_TOKEN') ?? readTokenFile();
  const token = text?.trim() ?? '';
  if (token === '') return null;
  if (/[^\x21-\x7e]/.test(token)) {
    throw new FsaError('USAGE', 'The access token has characters that no token has.', {
      advice: 'Set HF_TOKEN anew: it should be one word of letters and digits.',
    });
  }
  return new Secret(token);
}

function readTokenFile(): string | null {
  try {
    return readFileSync(expandHome(readEnvironment('HF_TOKEN_PATH') ?? join(hubHome(), 'token')), 'utf8');
  } catch {
    return null;
  }
}
