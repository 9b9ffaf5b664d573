/** Settings of a cluster: who gives the places for workers, and what each of them needs. */
import { z } from 'zod';
import { LAUNCHER_NAMES } from './launcher-names.js';

const positiveInt = z.int().min(1);

export const clusterSchema = z.strictObject({
  on: z.enum(LAUNCHER_NAMES).describe('where workers run: this machine, or what an engine gives'),
  slots: positiveInt.nullable().describe('places asked for; null takes eval.parallel, and one for distill'),
  gpusPerSlot: z.int().min(0).max(1).describe('GPUs of each place; 0 computes on the CPU'),
  cpusPerSlot: positiveInt.describe('processors of each place, and threads of its worker'),
  ranksPerNode: positiveInt
    .nullable()
    .describe('ranks of one student on each machine of Slurm or Ray; null has all of them on one'),
  memory: z.string().nullable().describe('memory of each place, such as 16G; null leaves it to the engine'),
  timeLimitMinutes: positiveInt
    .nullable()
    .describe('time of each place, after which work goes on in another; null leaves it to the engine'),
  graceSeconds: positiveInt.describe('before that time is up, so early a worker saves and hands over'),
  partition: z.string().nullable().describe('partition or queue of Slurm'),
  extraArguments: z.array(z.string()).describe('more arguments of sbatch or ssh, such as --account=nlp'),
  rayAddress: z.string().nullable().describe('address of the Ray dashboard, such as http://head:8265'),
  hosts: z.array(z.string().min(1)).describe('hosts for ssh, a place on each; a host named twice has two'),
  address: z
    .string()
    .nullable()
    .describe('address of this machine that workers reach; null offers them every one it has'),
  sharedDisk: z
    .enum(['auto', 'yes', 'no'])
    .describe(
      'whether places see the files of this machine under the same paths; what they do not see is sent',
    ),
  cacheFolder: z
    .string()
    .nullable()
    .describe('folder of a place for files that were sent to it; null takes one below its temporary folder'),
  cacheGigabytes: positiveInt.describe('room for them; what was not used for longest goes first'),
  port: z
    .int()
    .min(1)
    .max(65_534)
    .nullable()
    .describe('port for workers, and the one after it for files; null takes free ones'),
});

export type ClusterConfig = z.infer<typeof clusterSchema>;
