import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // zeromq aborts a worker_thread that ends with a receive pending: only processes are safe.
    pool: 'forks',
    maxWorkers: 2,
    // Generous: a busy machine is no failure.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
