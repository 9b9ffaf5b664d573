/** `fsa.yaml` as a layer of settings. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FsaError } from '../errors.js';
import type { LayerResult } from './layer.js';
import { readYaml } from './yaml-value.js';

const MOST_BYTES = 1024 * 1024;

/**
 * @param path as the user wrote it; relative to `cwd`
 * @throws FsaError CONFIG when the file cannot be read at all
 */
export async function readFileLayer(path: string, cwd: string): Promise<LayerResult> {
  const full = resolve(cwd, path);
  const result = readYaml(await readText(full, path));
  if ('value' in result) {
    const { value, locate } = result;
    return {
      layer: {
        // An empty file sets nothing.
        value: value ?? {},
        locate: (key, at) => {
          const { line, column } = locate(key, at);
          return `${path}:${line}:${column}`;
        },
        folder: dirname(full),
      },
    };
  }
  return { problems: result.map(({ line, column, sentence }) => `${path}:${line}:${column}: ${sentence}`) };
}

async function readText(full: string, shown: string): Promise<string> {
  try {
    if ((await stat(full)).size > MOST_BYTES) {
      throw new FsaError('CONFIG', 'The configuration file is larger than 1 MiB.', {
        where: shown,
        advice: 'Name a file of settings with --config.',
      });
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(full));
  } catch (cause) {
    if (cause instanceof FsaError) throw cause;
    throw new FsaError('CONFIG', explainUnreadable(cause), {
      where: shown,
      advice: 'Name a readable YAML file with --config, or leave the option out.',
      cause,
    });
  }
}

function explainUnreadable(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'The configuration file is not there.';
  if (code === 'EISDIR') return 'The configuration file is a folder.';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'The configuration file is not UTF-8 text.';
  return 'The configuration file cannot be read.';
}
