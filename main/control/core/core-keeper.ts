import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { Vault, VaultStatus } from '#shared/model/vault.ts';
import type { Log } from '../control-options.ts';
import type { Core } from './open-core.ts';

/** Milliseconds between two looks at the vault: while it is locked, and once all is open. */
const pollMs = { closed: 2_000, open: 10_000 } as const;

/** Opens the core as soon as the vault allows it, and keeps an eye on the vault from then on. */
export interface CoreKeeper {
  /** Tries once. A vault that can't be used now is waited for; anything else rejects. */
  start(): Promise<void>;
  readonly core: Core | null;
  readonly vault: VaultStatus;
  /** The core; throws why there is none. */
  require(): Core;
  close(): Promise<void>;
}

/** What the keeper is made from. */
export interface CoreKeeperOptions {
  readonly vault: Vault;
  readonly open: () => Promise<Core>;
  readonly onOpened: (core: Core) => Promise<void>;
  /** The vault was found locked, or unlocked again, while the core is open. */
  readonly onVaultChange: (status: VaultStatus, core: Core | null) => void;
  /** Once per look, for what is to be done now and then. */
  readonly onLook: (core: Core) => void;
  readonly log: Log;
}

/** Makes a keeper; nothing is opened before `start`. */
export function createCoreKeeper(options: CoreKeeperOptions): CoreKeeper {
  let core: Core | null = null;
  let vault: VaultStatus = { state: 'locked', message: 'Tollkeeper is starting.' };
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  function setVault(next: VaultStatus): void {
    const isNews = next.state !== vault.state || messageOf(next) !== messageOf(vault);
    vault = next;
    if (isNews) options.onVaultChange(next, core);
  }

  async function tryToOpen(): Promise<void> {
    const status = await options.vault.status();
    if (status.state !== 'ready') {
      setVault(status);
      return;
    }
    try {
      const opened = await options.open();
      core = opened;
      setVault(status);
      await options.onOpened(opened);
    } catch (error) {
      const document = toErrorDocument(error);
      setVault({ state: document.code === 'vault_locked' ? 'locked' : 'unavailable', message: document.message });
      if (document.code !== 'vault_locked' && document.code !== 'vault_unavailable') throw error;
    }
  }

  async function look(): Promise<void> {
    if (core === null) {
      await tryToOpen();
      return;
    }
    setVault(await options.vault.status());
    options.onLook(core);
  }

  function schedule(): void {
    if (isClosed) return;
    timer = setTimeout(
      () => {
        look()
          .catch((error: unknown) => options.log('vault-look-failed', { reason: toErrorDocument(error).message }))
          .finally(schedule);
      },
      core === null ? pollMs.closed : pollMs.open,
    );
    timer.unref();
  }

  return {
    async start() {
      await tryToOpen();
      schedule();
    },
    get core() {
      return core;
    },
    get vault() {
      return vault;
    },
    require() {
      if (core !== null) return core;
      if (vault.state === 'ready') throw new TollkeeperError('gateway_starting');
      throw new TollkeeperError(vault.state === 'locked' ? 'vault_locked' : 'vault_unavailable', vault.message);
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      const closing = core;
      core = null;
      await closing?.close();
    },
  };
}

function messageOf(status: VaultStatus): string | null {
  return status.state === 'ready' ? null : status.message;
}
