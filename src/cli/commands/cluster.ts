import type { Command, CommandBody } from '../command.js';
import { CONFIG_OPTIONS, ON_OPTION, toRunOptions } from './common.js';

const checkCommand: Command = {
  name: 'check',
  summary: 'whether an engine gives a place, and a worker in it reaches this machine',
  options: [ON_OPTION, ...CONFIG_OPTIONS],
  examples: ['fsa cluster check --on slurm', 'fsa cluster check --config fsa.yaml'],
  run: async ({ options, output, signal }) => {
    const { checkCluster } = await import('../../index.js');
    const result = await output.watch(checkCluster(toRunOptions(options, {}), { signal }));
    const { engine, host, sharesDisk, seconds, versions, devices } = result;
    const { lock, ...packages } = versions;
    const lines = [
      `engine   ${engine}`,
      `worker   on ${host}, ready ${seconds.toFixed(1)} s after it was asked for`,
      `files    ${sharesDisk ? 'on a disk that it shares with this machine' : 'sent to it: it does not see this machine’s'}`,
      `runtime  ${Object.entries(packages)
        .map(([name, version]) => `${name} ${version ?? ''}`)
        .join(', ')}`,
      `lock     ${lock == null ? 'none: `fsa setup` did not make that runtime, and its packages alone are as here' : `${lock.slice(0, 12)}…, as here`}`,
      ...devices.map((device) => `device   ${device}`),
    ];
    output.result(result, lines.join('\n'));
    return 0;
  },
};

export const clusterCommand: CommandBody = {
  options: [],
  examples: [],
  members: [checkCommand],
};
