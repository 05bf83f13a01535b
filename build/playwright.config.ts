import path from 'node:path';
import { defineConfig } from '@playwright/test';

const output = process.env.TOLLKEEPER_TEST_DIR ?? path.resolve(import.meta.dirname, '../test-results');

/** The end-to-end suite on the real app: one at a time, since there is one tray, one keyring and one screen. */
export default defineConfig({
  testDir: path.resolve(import.meta.dirname, '../test/e2e'),
  testMatch: /\.(e2e|spec|test)\.ts$/,
  outputDir: path.join(output, 'playwright'),
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env.CI === 'true',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
});
