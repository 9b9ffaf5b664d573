import type { CommandBody } from '../command.js';
import { OUTPUT_OPTIONS, parseWhole } from './common.js';

const USUAL_PORT = 8070;

export const watchCommand: CommandBody = {
  argument: { form: '[run]', description: 'run folder (default: runs/eval)' },
  options: [
    {
      flags: '--port <n>',
      description: `port on 127.0.0.1; 0 takes a free one (default: ${USUAL_PORT})`,
      parse: parseWhole,
    },
    ...OUTPUT_OPTIONS,
  ],
  examples: ['fsa watch runs/eval', 'fsa watch runs/distill --port 0 --json'],
  ending: 'closing the page',
  run: async ({ args, options, output, signal }) => {
    const { watch } = await import('../../server/watch/watch.js');
    const [run = 'runs/eval'] = args;
    const server = await watch({ run, port: (options['port'] as number | undefined) ?? USUAL_PORT });
    await output.line({ type: 'listening', url: server.url }, `${server.url} shows ${run}; Ctrl-C ends it`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await server.close();
    return 0;
  },
};
