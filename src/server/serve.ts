/** `fsa serve`: students loaded, warmed up and put behind HTTP. */
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { loadModel, type LoadModelOptions, type Model } from '../index.js';
import { startServer, type RunningServer } from './server.js';

export interface ServeOptions {
  /** Path of each student by the name that requests use. */
  readonly models: Readonly<Record<string, string>>;
  readonly load: Omit<LoadModelOptions, 'signal'>;
  readonly configFile?: string;
  readonly sets?: readonly string[];
  /** Win over the configuration. */
  readonly settings: Partial<Config['serve']>;
  /** Asked of every client but for probes; null asks nobody. */
  readonly token: string | null;
  readonly logLevel: 'info' | 'warn' | 'silent';
}

/**
 * Serves until `close`; it listens only once every model has answered.
 * @throws FsaError CONFIG where a model or setting is wrong, USAGE where the address cannot be listened on
 */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<RunningServer> {
  const { config } = await loadConfig({
    preset: 'paper',
    ...(options.configFile === undefined ? {} : { file: options.configFile }),
    ...(options.sets === undefined ? {} : { sets: options.sets }),
    overrides: { serve: options.settings },
  });
  const models = new Map<string, Model>();
  const closeModels = async (): Promise<void> => {
    for (const model of models.values()) await model.close();
  };
  try {
    for (const [name, path] of Object.entries(options.models)) {
      const model = await loadModel(path, options.load);
      models.set(name, model);
      await model.predict(['The first answer takes longer than the others.'], { signal });
    }
    const { token, logLevel } = options;
    const server = await startServer({ models, settings: config.serve, token, logLevel });
    return {
      url: server.url,
      close: async () => {
        await server.close();
        await closeModels();
      },
    };
  } catch (error) {
    await closeModels();
    throw error;
  }
}
