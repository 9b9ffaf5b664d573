/** Everything that talking to the hub needs, opened together and closed together. */
import { setMaxListeners } from 'node:events';
import type { Emit } from '../../events.js';
import { FsaError } from '../../errors.js';
import { openClient, type HttpClient } from '../../net/client.js';
import { printableUrl } from '../../net/failures.js';
import type { TransferLimits } from '../../net/limits.js';
import type { HubConnection } from './listing.js';
import { Pace } from '../../net/retry.js';
import type { HubSettings } from './settings.js';

export interface OpenConnection extends HubConnection {
  /** Ends what is still under way. */
  abort(reason: unknown): void;
  close(): Promise<void>;
}

/** @param signal stops requests under way */
export function openConnection(
  settings: HubSettings,
  limits: TransferLimits,
  emit: Emit,
  signal?: AbortSignal,
): OpenConnection {
  const own = new AbortController();
  const both = signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]);
  // Every connection listens to it; Node would take more than ten for a leak, and say so on stderr.
  setMaxListeners(0, both);
  const client = settings.offline ? refusingClient : openClient(settings, limits);
  return {
    settings,
    client,
    limits,
    pace: new Pace(limits, emit),
    signal: both,
    abort: (reason) => own.abort(reason),
    close: async () => await client.close(),
  };
}

/** Stands in where the network is off: whatever has to be asked after all, is refused. */
const refusingClient: HttpClient = {
  get: async (url) =>
    await Promise.reject(networkIsOff('A file has to be fetched', '--offline and HF_HUB_OFFLINE', url)),
  send: async (url) => await Promise.reject(networkIsOff('Files have to be sent', 'HF_HUB_OFFLINE', url)),
  close: async () => await Promise.resolve(),
};

function networkIsOff(what: string, without: string, url: string): FsaError {
  return new FsaError('DOWNLOAD', `${what}, and the network is off.`, {
    where: printableUrl(new URL(url)),
    advice: `Run the command again without ${without}.`,
  });
}
