import { existsSync } from 'node:fs';
import { TollkeeperError } from '#shared/model/error.ts';
import type { VaultStatus } from '#shared/model/vault.ts';
import { connectSessionBus, type SessionBus, sessionBusSocket } from '../session-bus.ts';
import { withDeadline } from './deadline.ts';

/** Whether an item exists, as the Secret Service itself tells it. */
export type ItemPresence = 'present' | 'locked' | 'absent';

/**
 * What has to be known before the keychain library is called on Linux, because that library answers "no such item" for a
 * locked one, and waits for a person when there is a display.
 */
export interface SecretService {
  status(): Promise<VaultStatus>;
  /** Rejects with `vault_unavailable`. Trustworthy only when `status` said ready. */
  presence(attributes: Readonly<Record<string, string>>): Promise<ItemPresence>;
}

const destination = 'org.freedesktop.secrets';
const servicePath = '/org/freedesktop/secrets';
const noObject = '/';
const wayOut = 'or use `toll serve --vault passphrase`';

const messages = {
  noBus: `There is no D-Bus session, so the keychain can\u2019t be reached. Start Tollkeeper from a desktop session or inside \`dbus-run-session\`, ${wayOut}.`,
  noService: `No keychain answers on D-Bus. Install and start one (such as gnome-keyring, KWallet or KeePassXC), ${wayOut}.`,
  noCollection: `The keychain has no default keyring. Make one, for example in Passwords and Keys, ${wayOut}.`,
  locked: 'The keychain is locked. Unlock it, for example in Passwords and Keys; nothing was lost.',
} as const;

/** What asking the Secret Service needs. */
export interface SecretServiceOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly deadlineMs: number;
}

/** The Secret Service of the D-Bus session that the environment names. freedesktop Secret Service API 0.2. */
export function createSecretService(options: SecretServiceOptions): SecretService {
  async function onBus<T>(work: (bus: SessionBus) => Promise<T>): Promise<T> {
    const socket = sessionBusSocket(options.environment);
    if (socket === null || !(socket.startsWith('\0') || existsSync(socket)))
      throw new TollkeeperError('vault_unavailable', messages.noBus);
    const bus = await connectSessionBus(socket);
    try {
      return await withDeadline(
        work(bus),
        options.deadlineMs,
        () => new TollkeeperError('vault_unavailable', messages.noService),
      );
    } finally {
      bus.close();
    }
  }

  return {
    async status() {
      try {
        return await onBus(collectionStatus);
      } catch (error) {
        return {
          state: 'unavailable',
          message:
            error instanceof TollkeeperError && error.message === messages.noBus ? messages.noBus : messages.noService,
        };
      }
    },
    presence: (attributes) => onBus((bus) => findItem(bus, attributes)),
  };
}

async function collectionStatus(bus: SessionBus): Promise<VaultStatus> {
  const [collection] = await bus.call({
    destination,
    path: servicePath,
    interface: 'org.freedesktop.Secret.Service',
    member: 'ReadAlias',
    signature: 's',
    body: ['default'],
  });
  if (typeof collection !== 'string' || collection === noObject)
    return { state: 'unavailable', message: messages.noCollection };
  const [locked] = await bus.call({
    destination,
    path: collection,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: ['org.freedesktop.Secret.Collection', 'Locked'],
  });
  return variantValue(locked) === false ? { state: 'ready' } : { state: 'locked', message: messages.locked };
}

async function findItem(bus: SessionBus, attributes: Readonly<Record<string, string>>): Promise<ItemPresence> {
  const [unlocked, locked] = await bus.call({
    destination,
    path: servicePath,
    interface: 'org.freedesktop.Secret.Service',
    member: 'SearchItems',
    signature: 'a{ss}',
    body: [Object.entries(attributes)],
  });
  if (!Array.isArray(unlocked) || !Array.isArray(locked))
    throw new TollkeeperError('vault_unavailable', messages.noService);
  if (unlocked.length > 0) return 'present';
  return locked.length > 0 ? 'locked' : 'absent';
}

/** The value of a D-Bus variant as the library gives it: `[signature, [value]]`. */
function variantValue(variant: unknown): unknown {
  const values = Array.isArray(variant) ? variant[1] : undefined;
  return Array.isArray(values) ? values[0] : undefined;
}
