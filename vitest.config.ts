import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/shared-folder.ts'],
    // zeromq aborts a worker_thread that ends with a receive pending: only processes are safe.
    pool: 'forks',
    // Tests that kill processes at chosen moments race with a busy machine; a retry there is reported as such.
    retry: process.env['CI'] === undefined ? 0 : 2,
    // One more than processors: many tests wait for clocks, servers and ends of processes.
    maxWorkers: 3,
    // Generous: a busy machine is no failure, and hooks install servers.
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
});
