/** Options that every long-running verb of the library shares, and how they become a configuration. */
import { loadConfig, type DeepPartial } from '../../config/load.js';
import type { PresetName } from '../../config/presets.js';
import type { Config } from '../../config/schema.js';
import { parseTrack } from '../../config/track.js';

export interface ConfigOptions {
  /** Numbers to start from; `paper` unless said otherwise. */
  readonly preset?: PresetName;
  /** Path of an fsa.yaml. */
  readonly configFile?: string;
  /** `key=value` as after `--set`. */
  readonly sets?: readonly string[];
  /** Settings that override all others. */
  readonly config?: DeepPartial<Config>;
  /** Folder that relative paths start from; the working folder unless said otherwise. */
  readonly cwd?: string;
}

export interface RunOptions extends ConfigOptions {
  /** The run folder. */
  readonly output?: string;
  /** Set an older run in that folder aside and start anew. */
  readonly replace?: boolean;
  /** Read every byte of data and results again, also where size and date are as they were. */
  readonly verify?: boolean;
}

export async function resolveConfig(options: ConfigOptions): Promise<Config> {
  const { config } = await loadConfig({
    preset: options.preset ?? 'paper',
    cwd: options.cwd ?? process.cwd(),
    ...(options.configFile === undefined ? {} : { file: options.configFile }),
    ...(options.sets === undefined ? {} : { sets: options.sets }),
    ...(options.config === undefined ? {} : { overrides: options.config }),
  });
  for (const word of config.track) parseTrack(word);
  return config;
}
