/** The two native packages that Node-only inference stands on: the user's own to install, loaded on first use. */
import { createRequire } from 'node:module';
import type * as ort from 'onnxruntime-node';
import type * as tokenizers from 'tokenizers';
import { FsaError } from '../errors.js';

/** The versions whose results are tested to be those of the Python runtime. */
export const PEERS = { 'onnxruntime-node': '1.30.0', tokenizers: '0.23.2' } as const;

export const INSTALL_PEERS = `ONNXRUNTIME_NODE_INSTALL=skip npm install ${Object.entries(PEERS)
  .map(([name, version]) => `${name}@${version}`)
  .join(' ')}`;

export type OnnxRuntime = typeof ort;
export type Tokenizers = typeof tokenizers;

/**
 * Both packages.
 * @throws FsaError CONFIG with the command that installs them
 */
export async function loadPeers(): Promise<{ readonly ort: OnnxRuntime; readonly tokenizers: Tokenizers }> {
  try {
    const [ort, tokenizers] = await Promise.all([import('onnxruntime-node'), import('tokenizers')]);
    return { ort, tokenizers };
  } catch (cause) {
    throw missingPeersError(cause);
  }
}

/** The packages that cannot be found, without loading any. */
export function missingPeers(): string[] {
  const { resolve } = createRequire(import.meta.url);
  return Object.keys(PEERS).filter((name) => {
    try {
      resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}

export function missingPeersError(cause?: unknown): FsaError {
  const missing = missingPeers();
  const what =
    missing.length > 0
      ? `Inference in Node needs ${missing.join(' and ')}, which ${missing.length > 1 ? 'are' : 'is'} not installed.`
      : 'The packages for inference in Node cannot be loaded on this system.';
  return new FsaError('CONFIG', what, {
    advice: `Run \`${INSTALL_PEERS}\`, or use the Python runtime with --backend torch.`,
    cause,
  });
}
