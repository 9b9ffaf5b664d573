/**
 * The resolved configuration: a preset, then `fsa.yaml`, then `--set` in order, then named flags or the
 * library's options. Maps are merged key by key, lists replace lists. All problems are reported at once.
 */
import { resolve } from 'node:path';
import { FsaError } from '../errors.js';
import { findProblems } from './check.js';
import type { Layer, LayerResult } from './layer.js';
import { leafPaths, mergeSettings } from './merge.js';
import { rebasePaths } from './paths.js';
import { PRESETS, type PresetName } from './presets.js';
import { configSchema, type Config } from './schema.js';
import { nearestName } from './nearest.js';
import { PACKAGE_FOLDER } from './package-folder.js';

/** Any part of `T`; lists stay whole. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;

export interface LoadOptions {
  readonly preset: PresetName;
  /** Path of an fsa.yaml. */
  readonly file?: string;
  /** `key=value` with a YAML value; later ones win. */
  readonly sets?: readonly string[];
  /** Wins over everything else; `undefined` sets nothing. */
  readonly overrides?: DeepPartial<Config>;
  /** Folder that relative paths start from; the process's own unless given. */
  readonly cwd?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each setting that is not the preset's own comes from: `distill.steps` to `fsa.yaml:3:10`. */
  readonly sources: Readonly<Record<string, string>>;
}

/** @throws FsaError CONFIG with every problem and its place, or when the file cannot be read */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const cwd = resolve(options.cwd ?? '.');
  const layers = await readLayers(options, cwd);
  const sources = new Map<string, string>();
  let settings: unknown = presetSettings(options.preset, cwd);
  for (const { value, locate, folder } of layers) {
    const rebased = folder === null ? value : rebasePaths(value, folder, cwd);
    settings = mergeSettings(configSchema, settings, rebased);
    for (const path of leafPaths(configSchema, value)) sources.set(path.join('.'), locate(path, 'value'));
  }
  return { config: configSchema.parse(settings), sources: Object.fromEntries(sources) };
}

function presetSettings(name: string, cwd: string): unknown {
  if (!Object.hasOwn(PRESETS, name)) {
    const guess = nearestName(name, Object.keys(PRESETS));
    throw new FsaError('CONFIG', `There is no preset named ${name}.`, {
      where: '--preset',
      advice: guess === null ? `Choose ${Object.keys(PRESETS).join(' or ')}.` : `Did you mean ${guess}?`,
    });
  }
  const preset = PRESETS[name as PresetName];
  return name === 'sample' ? rebasePaths(preset, PACKAGE_FOLDER, cwd) : preset;
}

async function readLayers({ file, sets, overrides }: LoadOptions, cwd: string): Promise<Layer[]> {
  const results: LayerResult[] = [];
  // Both read YAML, whose parser takes longer to load than all settings take to be checked.
  if (file !== undefined) results.push(await (await import('./file-layer.js')).readFileLayer(file, cwd));
  if (sets !== undefined && sets.length > 0)
    results.push(...sets.map((await import('./set-layer.js')).readSetLayer));
  results.push({ layer: { value: overrides, locate: () => 'options', folder: null } });

  const problems = results.flatMap((result) => result.problems ?? findLayerProblems(result.layer));
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new FsaError('CONFIG', `The configuration has ${count}.`, {
      problems,
      advice: 'Nothing was started: correct it and run the command again.',
    });
  }
  return results.flatMap(({ layer }) => layer ?? []);
}

function findLayerProblems({ value, locate }: Layer): string[] {
  return findProblems(configSchema, value).map(
    ({ path, at, sentence }) => `${locate(path, at)}: ${sentence}`,
  );
}
