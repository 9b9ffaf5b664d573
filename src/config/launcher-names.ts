/** Who starts workers; apart from the settings, so that help names them without loading what checks settings. */
export const LAUNCHER_NAMES = ['local', 'slurm', 'ray', 'ssh'] as const;
