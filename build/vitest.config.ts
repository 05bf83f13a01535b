import path from 'node:path';
import { defineConfig } from 'vitest/config';

const written = process.env.TOLLKEEPER_TEST_DIR;

/** Every suite that runs in plain Node; the end-to-end suite is Playwright's, test/after runs when all others have ended. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, '..'),
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/bench/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // The runner's own temporary files hold the sources, pretend keys included; only what the tests write is searched for them.
    ...(written === undefined ? {} : { env: { TMPDIR: path.join(written, 'tmp') } }),
  },
});
