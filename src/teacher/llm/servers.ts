/** Servers that are known by name: where they are, which variable holds their key, and what they can do. */

export interface KnownServer {
  readonly baseUrl: string;
  /** Variable with the key; null where none is needed. */
  readonly keyFrom: string | null;
  /** Its name in the list of prices; null where nothing is paid. */
  readonly priceList: string | null;
  /** How an answer's beginning is given. */
  readonly prefill: 'none' | 'continue' | 'prefix';
  /** Share of the price that a batch costs, as its price list says. */
  readonly batchFactor: number;
}

const HALF_PRICE = ['openai', 'mistral', 'together', 'groq'];

export const KNOWN_SERVERS: Readonly<Record<string, KnownServer>> = {
  openai: server('https://api.openai.com/v1', 'OPENAI_API_KEY', 'openai', 'none'),
  mistral: server('https://api.mistral.ai/v1', 'MISTRAL_API_KEY', 'mistral', 'prefix'),
  together: server('https://api.together.xyz/v1', 'TOGETHER_API_KEY', 'together', 'none'),
  groq: server('https://api.groq.com/openai/v1', 'GROQ_API_KEY', 'groq', 'none'),
  deepseek: server('https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY', 'deepseek', 'none'),
  openrouter: server('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY', 'openrouter', 'none'),
  ollama: server('http://127.0.0.1:11434/v1', null, null, 'none'),
  vllm: server('http://127.0.0.1:8000/v1', null, null, 'continue'),
  llamacpp: server('http://127.0.0.1:8080/v1', null, null, 'none'),
};

function server(
  baseUrl: string,
  keyFrom: string | null,
  priceList: string | null,
  prefill: KnownServer['prefill'],
): KnownServer {
  const batchFactor = priceList !== null && HALF_PRICE.includes(priceList) ? 0.5 : 1;
  return { baseUrl, keyFrom, priceList, prefill, batchFactor };
}

/** Whether a server runs on this machine, where nobody is paid. */
export function isLocal(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
