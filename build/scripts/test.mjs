import './lib/require-supported-node.mjs';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureElectron } from './electron-runtime.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { cacheFolder, root } from './lib/places.mjs';
import { runScript, say, WorkshopError } from './lib/report.mjs';
import {
  countCommand,
  countPlaywright,
  countVitest,
  endRunningCommands,
  runVisibly,
  sumResults,
} from './lib/stage.mjs';
import { ensureSystemPackages } from './lib/system.mjs';
import { keychainAnswers, startVirtualDesktop } from './lib/virtual-desktop.mjs';

const minute = 60_000;

/** Variables that would let this machine's own keys, providers or settings into a test. */
const foreignVariable = /(_API_KEY|_AUTH_TOKEN|_BASE_URL|_ACCESS_KEY|_SECRET)$|^TOLLKEEPER_(HOME|PORT)$|^NODE_OPTIONS$/;

/**
 * Everything that the suites write goes below one folder, so that it can be searched for secrets afterwards. The runners' own
 * temporary files lie beside it: they hold the tests' sources, pretend keys included.
 * @param {string} folder
 * @param {import('./electron-runtime.mjs').ElectronRuntime} runtime
 * @returns {NodeJS.ProcessEnv}
 */
function testEnvironment(folder, runtime) {
  const written = path.join(folder, 'w');
  const runner = path.join(folder, 'r');
  const home = path.join(written, 'home');
  for (const place of [home, runner, path.join(written, 'tmp')]) mkdirSync(place, { recursive: true, mode: 0o700 });
  const own = Object.entries(process.env).filter(([name]) => !foreignVariable.test(name) && !name.startsWith('XDG_'));
  return {
    ...Object.fromEntries(own),
    HOME: home,
    TMPDIR: runner,
    PWTEST_CACHE_DIR: path.join(runner, 'playwright'),
    TOLLKEEPER_TEST_DIR: written,
    TOLLKEEPER_CACHE_DIR: cacheFolder(),
    TOLLKEEPER_ELECTRON: runtime.executable,
    TOLLKEEPER_ELECTRON_DIST: runtime.dist,
    npm_config_cache: process.env.npm_config_cache ?? path.join(os.homedir(), '.npm'),
  };
}

/** @param {string} name @returns {string} A tool's own script, to be run with this Node on every platform. */
const toolScript = (name) => path.join(root, 'node_modules', name);

/** @param {string} place @returns {boolean} Whether a folder below the root holds any test. */
function hasTests(place) {
  const folder = path.join(root, place);
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true }).some((name) => /\.(test|spec|e2e)\.ts$/.test(name));
}

/** A stage that is one command and counts as one test. */
const commandStage = (name, title, script, commandArguments) => ({
  name,
  title,
  run: async ({ env, capture }) =>
    countCommand(
      title,
      await runVisibly(process.execPath, [script, ...commandArguments], { env, capture, timeoutMs: 5 * minute }),
    ),
});

/** A stage that runs vitest over some folders. */
const vitestStage = (name, title, folders, { variables = {}, timeoutMs = 10 * minute } = {}) => ({
  name,
  title,
  run: async ({ env, capture, report }) => {
    const present = folders.filter(hasTests);
    if (present.length === 0) throw new WorkshopError(`No test was found in ${folders.join(', ')}.`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const commandArguments = ['run', '--config', 'build/vitest.config.ts', ...reporters, ...present];
    const ended = await runVisibly(process.execPath, [toolScript('vitest/vitest.mjs'), ...commandArguments], {
      env: { ...env, ...variables },
      capture,
      timeoutMs,
    });
    return countVitest(title, report, ended);
  },
});

const playwrightStage = {
  name: 'e2e',
  title: 'End to end in the real app',
  run: async ({ env, capture, report }) => {
    const commandArguments = ['test', '--config', 'build/playwright.config.ts', '--reporter=list,json'];
    const ended = await runVisibly(process.execPath, [toolScript('@playwright/test/cli.js'), ...commandArguments], {
      env: { ...env, TMPDIR: path.join(env.TOLLKEEPER_TEST_DIR, 'tmp'), PLAYWRIGHT_JSON_OUTPUT_NAME: report },
      capture,
      timeoutMs: 14 * minute,
    });
    return countPlaywright('End to end in the real app', report, ended);
  },
};

const stages = [
  commandStage('lint', 'Format and lint', toolScript('@biomejs/biome/bin/biome'), [
    'check',
    '--error-on-warnings',
    '.',
  ]),
  commandStage('types', 'Types', toolScript('typescript/bin/tsc'), ['-p', '.']),
  commandStage('build', 'Build', path.join(root, 'build/scripts/build.mjs'), []),
  vitestStage('unit', 'Unit, contract and import rules', ['test/unit', 'test/contract']),
  vitestStage('gateway', 'Gateway on plain Node', ['test/gateway'], { variables: { TOLLKEEPER_GATEWAY_HOST: 'node' } }),
  {
    ...vitestStage('gateway-electron', 'Gateway on utilityProcess', ['test/gateway'], {
      variables: { TOLLKEEPER_GATEWAY_HOST: 'electron' },
    }),
    desktop: true,
  },
  { ...playwrightStage, desktop: true },
  vitestStage('canaries', 'No secret was written', ['test/after']),
];

/** @returns The stages named on the command line, or all. The search for secrets always comes last. */
function chosenStages() {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !stages.some((stage) => stage.name === name));
  if (unknown !== undefined) {
    throw new WorkshopError(`There is no stage ${unknown}. Stages: ${stages.map((stage) => stage.name).join(' ')}`);
  }
  return names.length === 0 ? stages : stages.filter((stage) => names.includes(stage.name));
}

/** Runs one stage; whatever stops it from running counts as its failure. */
async function runStage(stage, context) {
  const started = performance.now();
  say(`\n━━ ${stage.title} ━━`);
  const place = {
    capture: path.join(context.env.TOLLKEEPER_TEST_DIR, 'captures', `${stage.name}.log`),
    report: path.join(context.env.TOLLKEEPER_TEST_DIR, 'captures', `${stage.name}.json`),
  };
  let result;
  try {
    const env = stage.desktop ? await context.desktopEnvironment() : context.env;
    result = await stage.run({ env, ...place });
  } catch (error) {
    result = { passed: 0, failed: 1, skipped: 0, failures: [`${stage.title}\n${error.stack ?? error}`] };
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  say(`━━ ${stage.title}: ${result.passed} ok, ${result.failed} not ok, ${seconds} s`);
  return result;
}

/** The virtual desktop, started when the first stage asks for it. On macOS and Windows the real one is used. */
function lazyDesktop(folder, env) {
  let starting;
  const start = async () => {
    const desktop = await startVirtualDesktop(folder, {
      env: { ...env, TMPDIR: path.join(env.TOLLKEEPER_TEST_DIR, 'tmp') },
    });
    if (!(await keychainAnswers(desktop.env, root))) throw new WorkshopError('The test keyring does not answer.');
    return desktop;
  };
  return {
    environment: async () => {
      if (process.platform !== 'linux') return env;
      starting ??= start();
      return (await starting).env;
    },
    stop: async () => (await starting?.catch(() => undefined))?.stop(),
  };
}

/** @param {import('./lib/stage.mjs').StageResult} sum */
function printSummary({ passed, failed, skipped, failures }) {
  for (const failure of failures) say(`\n✗ ${failure}`);
  say(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

async function main() {
  const chosen = chosenStages();
  await ensurePackages();
  await ensureSystemPackages('test');
  const runtime = await ensureElectron();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tk-'));
  const env = testEnvironment(folder, runtime);
  mkdirSync(path.join(env.TOLLKEEPER_TEST_DIR, 'captures'));
  const desktop = lazyDesktop(path.join(env.TOLLKEEPER_TEST_DIR, 'desktop'), env);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      endRunningCommands();
      desktop.stop().finally(() => process.exit(130));
    });
  }
  const results = [];
  for (const stage of chosen) {
    results.push(await runStage(stage, { env, desktopEnvironment: desktop.environment }));
    if (stage.desktop && !chosen.slice(chosen.indexOf(stage) + 1).some((later) => later.desktop)) await desktop.stop();
  }
  const sum = sumResults(results);
  if (sum.failed === 0) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  else say(`\nWhat the suites wrote is kept in ${folder}`);
  printSummary(sum);
  process.exit(sum.failed === 0 ? 0 : 1);
}

await runScript(main);
