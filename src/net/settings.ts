/** What every client of the network is given: how to get out, and secrets that cannot be printed. */
import { inspect } from 'node:util';

/** A token that cannot be printed by accident. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[hidden]';
  }
  toJSON(): string {
    return '[hidden]';
  }
  [inspect.custom](): string {
    return '[hidden]';
  }
}

export interface ProxySettings {
  readonly http: string | null;
  readonly https: string | null;
  /** Hosts reached without a proxy, separated by commas. */
  readonly none: string | null;
}

/** Where a client asks, and how it gets there. */
export interface ClientSettings {
  /** Address of the server, without a slash at the end; the token goes to its origin and to no other. */
  readonly endpoint: string;
  readonly token: Secret | null;
  readonly proxy: ProxySettings;
  /** What a refusal counts as, and what the user set the address with: `HF_ENDPOINT`. */
  readonly errorCode: 'DOWNLOAD' | 'API';
  readonly addressName: string;
}
