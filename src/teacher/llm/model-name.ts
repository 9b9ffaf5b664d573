/** One string names any model: `openai:gpt-4o-mini`, `ollama:llama3.2`, `https://host/v1#model`. */
import { FsaError } from '../../errors.js';
import { isLocal, KNOWN_SERVERS } from './servers.js';

/** A model and where it is asked. */
export interface ModelPlace {
  readonly baseUrl: string;
  readonly model: string;
  /** What it is called in keys and files: `openai`, or the host. */
  readonly name: string;
  readonly keyFrom: string | null;
  /** Its list of prices; null where nothing is paid or nothing is known. */
  readonly priceList: string | null;
  readonly isFree: boolean;
  readonly prefill: 'none' | 'continue' | 'prefix';
  /** Share of the price that a batch is known to cost there. */
  readonly batchFactor: number;
}

/** The address of models that run in the pinned runtime: no server is asked. */
export const HERE = 'hf:';

export interface NamedModel {
  readonly model: string | null;
  /** The long form: an address, with `model` as the server knows it. */
  readonly baseUrl?: string | null;
  readonly keyFrom?: string | null;
  readonly name?: string | null;
  readonly prefill?: 'auto' | 'off' | 'continue' | 'prefix';
}

/**
 * Where a model is, from its short or long form. Nothing that might be a secret is repeated in a message.
 * @throws FsaError CONFIG
 */
export function locateModel(named: NamedModel): ModelPlace {
  requireVariableName(named.keyFrom ?? null);
  const found = named.baseUrl == null ? fromShortForm(named.model) : fromAddress(named.baseUrl, named.model);
  const prefill = { auto: found.prefill, off: 'none', continue: 'continue', prefix: 'prefix' } as const;
  return {
    ...found,
    name: named.name ?? found.name,
    keyFrom: named.keyFrom ?? found.keyFrom,
    prefill: prefill[named.prefill ?? 'auto'],
  };
}

/** Whether the name says by itself which server is asked: `openai:…`, `hf:…`, an address. */
export function namesServer(model: string): boolean {
  const [, name = ''] = /^([a-z]+):/.exec(model) ?? [];
  return /^https?:\/\//i.test(model) || `${name}:` === HERE || Object.hasOwn(KNOWN_SERVERS, name);
}

const FORMS = `Write ${Object.keys(KNOWN_SERVERS)
  .map((name) => `${name}:MODEL`)
  .join(', ')}, https://host/v1#MODEL, or hf:FOLDER.`;

function fromShortForm(text: string | null): ModelPlace {
  if (text === null || text.trim() === '') {
    throw new FsaError('CONFIG', 'No language model is named.', { where: 'llm.model', advice: FORMS });
  }
  if (/^https?:\/\//i.test(text)) {
    const at = text.indexOf('#');
    return fromAddress(at < 0 ? text : text.slice(0, at), at < 0 ? null : text.slice(at + 1));
  }
  const [, name = '', model = ''] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  if (`${name}:` === HERE) {
    const place = {
      baseUrl: HERE,
      keyFrom: null,
      priceList: null,
      isFree: true,
      prefill: 'continue',
      batchFactor: 1,
    } as const;
    return { ...place, model, name };
  }
  const known = Object.hasOwn(KNOWN_SERVERS, name) ? KNOWN_SERVERS[name] : undefined;
  if (known === undefined) {
    throw new FsaError('CONFIG', 'The name of the language model is in none of the forms that are known.', {
      where: 'llm.model',
      advice: FORMS,
    });
  }
  return { ...known, model, name, isFree: known.priceList === null && isLocal(known.baseUrl) };
}

function fromAddress(address: string, model: string | null): ModelPlace {
  const url = URL.canParse(address) ? new URL(address) : null;
  const fault =
    url === null || !/^https?:$/.test(url.protocol)
      ? 'is no address that can be asked'
      : url.username !== '' || url.password !== ''
        ? 'holds a user name or password'
        : url.search !== ''
          ? 'holds a query'
          : null;
  if (url === null || fault !== null) {
    throw new FsaError('CONFIG', `The address of the language model ${fault ?? 'is wrong'}.`, {
      where: 'llm.baseUrl',
      advice: 'Write https://host/v1, and name the variable that holds the key with llm.keyFrom.',
    });
  }
  if (model === null || model.trim() === '') {
    throw new FsaError('CONFIG', 'The address names no model.', {
      where: `${url.origin}${url.pathname}`,
      advice: 'Write https://host/v1#MODEL, or set llm.model beside llm.baseUrl.',
    });
  }
  const baseUrl = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const known = Object.values(KNOWN_SERVERS).find((server) => server.baseUrl === baseUrl);
  return {
    baseUrl,
    model,
    name: url.host,
    keyFrom: known?.keyFrom ?? null,
    priceList: known?.priceList ?? null,
    isFree: isLocal(baseUrl),
    prefill: known?.prefill ?? 'none',
    batchFactor: known?.batchFactor ?? 1,
  };
}

/** A key itself, where the name of a variable should stand, is refused without being repeated. */
function requireVariableName(keyFrom: string | null): void {
  if (keyFrom === null || /^[A-Z_][A-Z0-9_]*$/.test(keyFrom)) return;
  throw new FsaError('CONFIG', 'llm.keyFrom must be the name of an environment variable.', {
    where: 'llm.keyFrom',
    advice: 'Put the key into a variable such as FSA_API_KEY and name that; a key never goes into a file.',
  });
}
