/** `fsa init` and `fsa config show`: the settings as a file to start from, and as they hold. */
import { existsSync } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { configReference } from '../config/describe.js';
import { loadConfig, type LoadOptions } from '../config/load.js';
import { PACKAGE_FOLDER } from '../config/package-folder.js';
import type { PresetName } from '../config/presets.js';
import { settingsTemplate } from '../config/yaml-template.js';
import { FsaError } from '../errors.js';
import { temporaryPath, writeFileAtomic } from '../storage/atomic-write.js';

export interface InitOptions {
  /** `fsa.yaml` unless said otherwise; never overwritten. */
  readonly file?: string;
  /** `paper` unless said otherwise. */
  readonly preset?: PresetName;
  /** Values by dotted key, as in `{ 'model': 'google-t5/t5-small' }`. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly cwd?: string;
}

export interface InitResult {
  readonly file: string;
  readonly schema: string;
}

const SCHEMA = join(PACKAGE_FOLDER, 'schema/fsa.schema.json');

/** Writes a commented fsa.yaml. @throws FsaError USAGE where the file is there, CONFIG for values that cannot be */
export async function initConfig({
  file = 'fsa.yaml',
  preset = 'paper',
  set = {},
  cwd = process.cwd(),
}: InitOptions): Promise<InitResult> {
  const target = resolve(cwd, file);
  const schema = schemaPathFrom(dirname(target));
  const draft = temporaryPath(target);
  try {
    await writeFileAtomic(draft, settingsTemplate(preset, schema, set));
    await loadConfig({ preset, file: draft, cwd });
    // Unlike a rename, a link never replaces a file that is there.
    await link(draft, target);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? alreadyThere(target) : error;
  } finally {
    await rm(draft, { force: true });
  }
  return { file: target, schema };
}

function alreadyThere(where: string): FsaError {
  return new FsaError('USAGE', 'There is such a file already.', {
    where,
    advice: 'Name another with --output, or remove it first: nothing is overwritten.',
  });
}

/** By way of node_modules where the project has this package, so that the line holds on every machine. */
function schemaPathFrom(folder: string): string {
  const installed = join(folder, 'node_modules/fsa-distill/schema/fsa.schema.json');
  return existsSync(installed) ? `./${relative(folder, installed).replaceAll('\\', '/')}` : SCHEMA;
}

export interface ShownSetting {
  /** `distill.steps`. */
  readonly key: string;
  readonly value: unknown;
  /** `preset paper`, `fsa.yaml:3:10`, `--set distill.steps=5`, `options`; several for a map. */
  readonly source: string;
  readonly description: string;
}

export interface ShowConfigOptions {
  readonly preset?: PresetName;
  readonly configFile?: string;
  readonly sets?: readonly string[];
  readonly config?: NonNullable<LoadOptions['overrides']>;
  readonly cwd?: string;
}

/** Every setting with its value and where that comes from. @throws FsaError CONFIG */
export async function showConfig(options: ShowConfigOptions): Promise<{ settings: readonly ShownSetting[] }> {
  const { preset = 'paper', configFile, sets, config: overrides, cwd } = options;
  const { config, sources } = await loadConfig({
    preset,
    ...(configFile === undefined ? {} : { file: configFile }),
    ...(sets === undefined ? {} : { sets }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  const settings = configReference(preset).map(({ key, description }): ShownSetting => {
    const said = Object.entries(sources).filter(([path]) => path === key || path.startsWith(`${key}.`));
    const places = [...new Set(said.map(([, place]) => place))];
    return {
      key,
      value: valueAt(config, key.split('.')),
      source: places.length === 0 ? `preset ${preset}` : places.join(', '),
      description,
    };
  });
  return { settings };
}

function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], config);
}
