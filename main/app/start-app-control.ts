import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Control } from '#main/control/control.ts';
import type { Log } from '#main/control/control-options.ts';
import { createControl } from '#main/control/create-control.ts';
import { readNetworkSurroundings } from '#main/host/network/network-surroundings.ts';
import { createPeerIdentifier } from '#main/host/peer/identify-peer.ts';
import { startUtilityGateway } from '#main/host/utility-gateway.ts';
import { openVault } from '#main/host/vault/open-vault.ts';
import type { HomePaths } from '#shared/contract/home.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { PresenceCheck } from '#shared/model/presence.ts';
import packageDescription from '../../package.json' with { type: 'json' };
import { createNetworkFetch } from './network-fetch.ts';
import { systemClock } from './system-clock.ts';

/** What {@link startAppControl} needs. */
export interface AppControlOptions {
  readonly paths: HomePaths;
  /** Null takes the setting. */
  readonly port: number | null;
  /** The demonstration keeps nothing, so it uses the memory vault. */
  readonly demo: boolean;
  /** Absolute path of `dist`. */
  readonly distFolder: string;
  readonly log: Log;
  /** Where the system can be asked for the owner. */
  readonly presence: Promise<PresenceCheck>;
}

/** Starts the control plane as the desktop app runs it: the system's keychain, and the gateway in a utilityProcess. */
export async function startAppControl({
  paths,
  port,
  demo,
  distFolder,
  log,
  presence,
}: AppControlOptions): Promise<Control> {
  const mainFolder = join(distFolder, 'main');
  const vault = await openVault(demo ? 'memory' : 'keychain', {
    home: paths.home,
    defaultHome: !demo && !process.env.TOLLKEEPER_HOME,
    askPassphrase: async () => {
      throw new TollkeeperError(
        'unsupported_platform',
        'The desktop app keeps keys in the keychain, not behind a passphrase.',
      );
    },
  });
  const networkFetch = createNetworkFetch();
  return createControl({
    paths,
    mode: 'app',
    version: packageDescription.version,
    port,
    vault,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    fetch: networkFetch.fetch,
    network: { ...readNetworkSurroundings(process.env), use: networkFetch.use },
    startGateway: () => startUtilityGateway({ entry: join(mainFolder, 'gateway-electron.mjs'), log }),
    peers: createPeerIdentifier(),
    presence: () => presence,
    ledgerWorker: pathToFileURL(join(mainFolder, 'ledger-worker.mjs')),
    log,
  });
}
