import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { app, dialog } from 'electron';
import { type HomePaths, homePaths } from '#shared/contract/home.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { declareRendererScheme } from './renderer-protocol.ts';
import { type AppArguments, runApp } from './run-app.ts';

function readArguments(): AppArguments {
  const { values } = parseArgs({
    args: process.argv.slice(app.isPackaged ? 1 : 2),
    options: { port: { type: 'string' }, demo: { type: 'boolean' }, hidden: { type: 'boolean' } },
    strict: false,
  });
  const wanted = values.port ?? process.env.TOLLKEEPER_PORT;
  const port =
    typeof wanted === 'string' && /^\d{1,5}$/.test(wanted) && Number(wanted) <= 65_535 ? Number(wanted) : null;
  if (wanted !== undefined && port === null)
    throw new TollkeeperError('wrong_usage', 'The port must be a number from 0 to 65535.');
  return { port, demo: values.demo === true, hidden: values.hidden === true };
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : 'Tollkeeper could not start.';
  process.stderr.write(`${message}\n`);
  if (app.isReady()) dialog.showErrorBox('Tollkeeper could not start', message);
  app.exit(1);
}

/** The demonstration gets a home of its own, which goes when it ends. */
function chooseHome(demo: boolean): HomePaths {
  const surroundings = {
    environment: process.env,
    platform: process.platform,
    homeDirectory: homedir(),
    userName: userInfo().username,
  };
  if (!demo) return homePaths(surroundings);
  const home = mkdtempSync(join(tmpdir(), 'tollkeeper-demo-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  return homePaths(surroundings, home);
}

try {
  const args = readArguments();
  const paths = chooseHome(args.demo);
  app.setName('Tollkeeper');
  app.setPath('userData', join(paths.home, 'window'));
  declareRendererScheme();
  if (!app.requestSingleInstanceLock({ home: paths.home })) {
    process.stderr.write('Tollkeeper is already running; its window was brought to the front.\n');
    app.exit(0);
  } else {
    const distFolder = dirname(dirname(fileURLToPath(import.meta.url)));
    app
      .whenReady()
      .then(() => runApp({ app, paths, args, distFolder }))
      .catch(fail);
  }
} catch (error) {
  fail(error);
}
