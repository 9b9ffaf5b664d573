import { readFile } from 'node:fs/promises';
import { readEnvironment } from '../../config/environment.js';
import { FsaError } from '../../errors.js';
import type { CommandBody, OptionValues } from '../command.js';
import { OUTPUT_OPTIONS, parseNamedModels, parseWhole, pick, required } from './common.js';
import { MODEL_OPTIONS } from './predict.js';

export const serveCommand: CommandBody = {
  options: [
    {
      flags: '--model <name=path>',
      description: 'student and its name in requests; repeatable',
      repeatable: true,
    },
    ...MODEL_OPTIONS,
    { flags: '--host <address>', description: 'address to listen on (default: 127.0.0.1)' },
    { flags: '--port <n>', description: 'port; 0 takes a free one (default: 8080)', parse: parseWhole },
    {
      flags: '--allow-host <name>',
      description: 'host name answered to on loopback besides its own; repeatable',
      repeatable: true,
    },
    { flags: '--token-file <file>', description: 'token that clients must send (or FSA_SERVE_TOKEN)' },
    { flags: '--config <file>', description: 'settings in YAML: limits stand under serve' },
    {
      flags: '--set <key=value>',
      description: 'one setting, such as serve.maxBatchTexts=16; repeatable',
      repeatable: true,
    },
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'fsa serve --model runs/use',
    'fsa serve --model models/onnx --backend onnx --port 0 --json',
    'FSA_SERVE_TOKEN=… fsa serve --model rest=runs/rest --model laptop=runs/laptop --host 0.0.0.0',
  ],
  ending: 'answering what was accepted',
  run: async ({ options, output, signal }) => {
    const { serve } = await import('../../server/serve.js');
    const names = { host: 'host', port: 'port', allowHost: 'allowedHosts' };
    const loading = { backend: 'backend', task: 'task', threads: 'threads', device: 'device' };
    const server = await serve(
      {
        models: parseNamedModels(required(options, 'model') as string[]),
        load: pick(options, loading),
        settings: pick(options, names),
        ...pick(options, { config: 'configFile', set: 'sets' }),
        token: await readToken(options),
        logLevel: options['quiet'] === true ? 'warn' : 'info',
      },
      signal,
    );
    await output.line({ type: 'listening', url: server.url }, `Listening on ${server.url}`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await server.close();
    return 0;
  },
};

/** Never from the words of the command: those are seen by everybody on the machine. */
async function readToken(options: OptionValues): Promise<string | null> {
  const file = options['tokenFile'];
  if (typeof file !== 'string') return readEnvironment('FSA_SERVE_TOKEN');
  const token = (
    await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new FsaError('USAGE', 'The file of the token cannot be read.', {
        where: file,
        advice: 'Name a file that is there and whose first line is the token.',
        cause,
      });
    })
  ).trim();
  if (token !== '') return token;
  throw new FsaError('USAGE', 'The file holds no token.', {
    where: file,
    advice: 'Write the token on its first line.',
  });
}
