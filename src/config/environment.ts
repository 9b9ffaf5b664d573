/** The one list of environment variables that fsa reads. Nothing else reads `process.env`. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FsaError } from '../errors.js';

/** Name and meaning of every variable, as shown by `fsa --help`. */
export const ENVIRONMENT_VARIABLES = {
  FSA_CACHE: 'folder of the Python runtime and prepared data (default: $XDG_CACHE_HOME/fsa or ~/.cache/fsa)',
  XDG_CACHE_HOME: 'parent of the cache folder',
  FSA_TORCH_INDEX_URL: 'package index that torch is installed from',
  FSA_LOCK: 'off does not lock run folders: for file systems without locks',
  FSA_KERNELS: 'off computes everything with torch alone, also where C++ passes are compiled',
  FSA_DEBUG: '1 shows stack traces of errors',
  FSA_BENCHMARK_URL: 'address that serves raw files of public GitHub repositories (for mirrors)',
  CUDA_VISIBLE_DEVICES: 'GPUs that workers may use (default: all)',
  HF_HOME: 'folder of the Hugging Face cache',
  HF_HUB_CACHE: 'folder of downloaded repositories',
  HF_ENDPOINT: 'address of the hub',
  HF_TOKEN: 'access token for private or gated repositories',
  HF_TOKEN_PATH: 'file with the access token (default: $HF_HOME/token)',
  HF_HUB_OFFLINE: '1 never asks the network',
  FSA_API_KEY: 'key of the LLM server, where neither llm.keyFrom nor the server has a variable of its own',
  OPENAI_API_KEY:
    'key of openai:… models; likewise MISTRAL_, TOGETHER_, GROQ_, DEEPSEEK_ and OPENROUTER_API_KEY',
  FSA_SERVE_TOKEN: 'token that `fsa serve` asks its clients for (default: none)',
  FSA_WEBHOOK_SECRET: 'secret that signs what --track webhook=URL sends',
  MLFLOW_TRACKING_TOKEN: 'bearer token of the MLflow server',
  MLFLOW_TRACKING_USERNAME: 'user of the MLflow server',
  MLFLOW_TRACKING_PASSWORD: 'its password',
  MLFLOW_EXPERIMENT_NAME: 'experiment that runs are kept under in MLflow (default: fsa)',
  HTTPS_PROXY: 'proxy for downloads and LLM servers',
  HTTP_PROXY: 'proxy for downloads over plain HTTP',
  NO_PROXY: 'hosts reached without the proxy',
  CI: 'true shows progress as plain lines, also on a terminal',
  TERM: 'dumb shows progress as plain lines',
} as const;

export type EnvironmentVariable = keyof typeof ENVIRONMENT_VARIABLES;

/** The value of a variable; null when it is unset or empty. Proxies are also read in lower case, as curl does. */
export function readEnvironment(name: EnvironmentVariable): string | null {
  const lower = name.endsWith('_PROXY') ? process.env[name.toLowerCase()] : undefined;
  const value = lower ?? process.env[name];
  return value === undefined || value === '' ? null : value;
}

/** A variable that the user's settings name: where a key lies. */
export function readSecretVariable(name: string): string | null {
  const value = process.env[name];
  if (value === undefined || value === '') return null;
  SECRET_VARIABLES.add(name);
  return value;
}

/** Variables with keys: no child process is handed one. */
const SECRET_VARIABLES = new Set<string>();

/** How requests leave this machine; null where a proxy is not set. */
export function readProxies(): { http: string | null; https: string | null; none: string | null } {
  return {
    http: readEnvironment('HTTP_PROXY'),
    https: readEnvironment('HTTPS_PROXY'),
    none: readEnvironment('NO_PROXY'),
  };
}

/** Where fsa keeps what can be made again: the runtime and prepared data. */
export function cacheFolder(): string {
  const own = readEnvironment('FSA_CACHE');
  if (own !== null) return own;
  return join(readEnvironment('XDG_CACHE_HOME') ?? join(homeFolder(), '.cache'), 'fsa');
}

/** @throws FsaError USAGE where this user has none: in a container without HOME, for example */
export function homeFolder(): string {
  try {
    return homedir();
  } catch (cause) {
    throw new FsaError('USAGE', 'This user has no home folder: HOME is not set.', {
      advice: 'Set HOME, or FSA_CACHE and HF_HOME to folders that can be written to.',
      cause,
    });
  }
}

/** Whether run folders are locked. */
export function lockingOfFolders(): { readonly locks: boolean } {
  return { locks: readEnvironment('FSA_LOCK') !== 'off' };
}

/** The named variables that are set here, to be handed on to a child process. */
export function inheritEnvironment(names: readonly string[]): Record<string, string> {
  const set: Record<string, string> = {};
  for (const name of names) {
    const value = process.env[name];
    if (value !== undefined) set[name] = value;
  }
  return set;
}

/** The whole environment, changed, for a child process that runs on the user's behalf; null unsets. */
export function changeEnvironment(changes: Readonly<Record<string, string | null>>): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of SECRET_VARIABLES) environment[name] = undefined;
  for (const [name, value] of Object.entries(changes)) environment[name] = value ?? undefined;
  return environment;
}
