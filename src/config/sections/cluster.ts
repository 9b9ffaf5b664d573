// biome-ignore-all format: generated
/** Settings under `cluster`. Generated from schema.ts by `npm run generate`. */
export type ClusterConfig = {
  /**
   * Where workers run: this machine, or what an engine gives.
   * @defaultValue `"local"`
   */
  on: 'local' | 'slurm' | 'ray' | 'ssh';
  /**
   * Places asked for; null takes eval.parallel, and one for distill.
   * @defaultValue `null`
   */
  slots: number | null;
  /**
   * GPUs of each place; 0 computes on the CPU.
   * @defaultValue `1`
   */
  gpusPerSlot: number;
  /**
   * Processors of each place, and threads of its worker.
   * @defaultValue `4`
   */
  cpusPerSlot: number;
  /**
   * Ranks of one student on each machine of Slurm or Ray; null has all of them on one.
   * @defaultValue `null`
   */
  ranksPerNode: number | null;
  /**
   * Memory of each place, such as 16G; null leaves it to the engine.
   * @defaultValue `null`
   */
  memory: string | null;
  /**
   * Time of each place, after which work goes on in another; null leaves it to the engine.
   * @defaultValue `null`
   */
  timeLimitMinutes: number | null;
  /**
   * Before that time is up, so early a worker saves and hands over.
   * @defaultValue `120`
   */
  graceSeconds: number;
  /**
   * Partition or queue of Slurm.
   * @defaultValue `null`
   */
  partition: string | null;
  /**
   * More arguments of sbatch or ssh, such as --account=nlp.
   * @defaultValue `[]`
   */
  extraArguments: string[];
  /**
   * Address of the Ray dashboard, such as http://head:8265.
   * @defaultValue `null`
   */
  rayAddress: string | null;
  /**
   * Hosts for ssh, a place on each; a host named twice has two.
   * @defaultValue `[]`
   */
  hosts: string[];
  /**
   * Address of this machine that workers reach; null offers them every one it has.
   * @defaultValue `null`
   */
  address: string | null;
  /**
   * Whether places see the files of this machine under the same paths; what they do not see is sent.
   * @defaultValue `"auto"`
   */
  sharedDisk: 'auto' | 'yes' | 'no';
  /**
   * Folder of a place for files that were sent to it; null takes one below its temporary folder.
   * @defaultValue `null`
   */
  cacheFolder: string | null;
  /**
   * Room for them; what was not used for longest goes first.
   * @defaultValue `50`
   */
  cacheGigabytes: number;
  /**
   * Port for workers, and the one after it for files; null takes free ones.
   * @defaultValue `null`
   */
  port: number | null;
};
