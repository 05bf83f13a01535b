import { join } from 'node:path';
import { requireRegistry, resolveDatabaseKey } from '#main/store/database-key.ts';
import type { Ledger } from '#main/store/ledger/ledger.ts';
import { openLedger } from '#main/store/ledger/open-ledger.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import { settleKeyChange } from '#main/store/settle-key-change.ts';
import type { CallHoldLease } from '#shared/contract/port.ts';
import type { Actor } from '#shared/model/access.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import { providers } from '#shared/provider/index.ts';
import { type ApprovalDesk, createApprovalDesk } from '../approval/approval-desk.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { ControlOptions } from '../control-options.ts';
import { type CredentialService, createCredentialService } from '../credential/credential-service.ts';
import type { HealthBook } from '../credential/health-book.ts';
import { createSecretShelf } from '../credential/secret-shelf.ts';
import { createDatabaseKeyKeeper, type DatabaseKeyKeeper } from '../database-key/database-key-keeper.ts';
import { formerSpillKeys, spillKeyOf } from '../database-key/spill-keys.ts';
import type { Deadlines } from '../deadlines.ts';
import type { EventRecorder } from '../event-recorder.ts';
import { createGrantBook, type GrantBook } from '../grant/grant-book.ts';
import { createIdentityDesk, type IdentityDesk } from '../identity/identity-desk.ts';
import { LimitKeeper } from '../limit/limit-keeper.ts';
import { type CanaryBook, createCanaryBook } from '../rotation/canary-book.ts';
import { connectors } from '../rotation/connector/connectors.ts';
import { createRotations } from '../rotation/create-rotations.ts';
import { createLiveSwitch } from '../rotation/live-switch.ts';
import { createAdminKeyPermit } from '../rotation/permit-admin-key.ts';
import type { RotationDesk } from '../rotation/rotation-desk.ts';
import { composeSnapshot } from '../snapshot/compose-snapshot.ts';
import type { SnapshotContents } from '../snapshot/snapshot-feed.ts';
import { loadSigningKeys, type SigningKeys } from '../token/signing-keys.ts';
import { createTokenIssuer, type TokenIssuer } from '../token/token-issuer.ts';
import type { SpillPlace } from '../usage/facts-desk.ts';
import { isAlive } from '../usage/is-alive.ts';
import { recoverUsage } from '../usage/recover-usage.ts';
import { Watch } from '../watch/watch.ts';
import { createJointSave, type JointSave } from './joint-save.ts';
import { createKeyLease } from './key-lease.ts';

/** Everything that needs the vault's keys: it exists from the moment the vault is unlocked until the end. */
export interface Core {
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly credentials: CredentialService;
  /** Tokens for credentials without a stored key. */
  readonly identities: IdentityDesk;
  readonly grants: GrantBook;
  readonly limits: LimitKeeper;
  /** Notices irregular use. */
  readonly watch: Watch;
  /** Writes down, together, everything that counts what requests cost. */
  readonly books: JointSave;
  readonly desk: ApprovalDesk;
  readonly keys: SigningKeys;
  /** The key of the databases. */
  readonly databaseKey: DatabaseKeyKeeper;
  readonly issuer: TokenIssuer;
  readonly rotations: RotationDesk;
  /** New keys that live calls try. */
  readonly canaries: CanaryBook;
  /** Where the gateway leaves its facts when control dies. */
  readonly spillPlace: SpillPlace;
  /** Whether the user paused the gateway; survives a restart. */
  readonly paused: boolean;
  setPaused(paused: boolean, actor: Actor): void;
  /** Whether it is paused because everything was ended; then the next access that a person allows resumes it. */
  readonly stopped: boolean;
  /** Pauses it at once, whether or not that can be written down now. */
  stop(actor: Actor): void;
  snapshot(): SnapshotContents;
  /** Reads from the vault again what could not be read before. */
  refreshSecrets(): Promise<void>;
  /** Whether the gateway may have the keys may have changed. */
  keysWanted(): void;
  close(): Promise<void>;
}

/** What the core is made from besides control's own options. */
export interface CoreOptions {
  readonly control: ControlOptions;
  /** Folder of both databases. */
  readonly dataFolder: string;
  readonly deadlines: Deadlines;
  readonly changes: ChangeFeed;
  readonly recorder: EventRecorder;
  readonly healthOf: HealthBook['of'];
  /** The gateway's picture is out of date. */
  readonly pushSnapshot: () => void;
  readonly gatewayKnows: () => Promise<void>;
  /** The same, and true when it has, or when there is none. */
  readonly gatewayTook: () => Promise<boolean>;
  /** Calls in flight that hold this version of a key; null when the gateway does not say. */
  readonly countKey: (credentialId: string, version: number) => Promise<number | null>;
  /** What becomes of calls while the keys' owner is away; null while somebody is there. */
  readonly away: () => CallHoldLease | null;
  /** Base URL of the gateway; throws `gateway_starting` while there is none. */
  readonly gatewayUrl: () => string;
}

/** True when a person paused the gateway, `panic` when that came with the end of everything. */
const pausedState = 'gateway-paused';

/** Opens the databases and everything on them. Rejects with `vault_locked`, `vault_unavailable`, `vault_item_missing` or `storage_corrupt`, and leaves nothing open then. */
export async function openCore(options: CoreOptions): Promise<Core> {
  const { control, dataFolder } = options;
  const registryPath = join(dataFolder, 'registry.db');
  const ledgerPath = join(dataFolder, 'ledger.db');
  const files = [registryPath, ledgerPath];
  const found = await resolveDatabaseKey({ vault: control.vault, files, random: control.random });
  const key = await settleKeyChange({ vault: control.vault, files, key: found });
  const leftoverFolder = dataFolder === join(control.paths.home, 'data') ? control.paths.run : dataFolder;
  requireRegistry({ registry: registryPath, ledger: ledgerPath });
  const registry = openRegistry({ path: registryPath, key });
  try {
    const opening = openLedger({
      path: ledgerPath,
      key,
      worker: control.ledgerWorker,
      ...(control.ledgerThread === undefined ? {} : { thread: control.ledgerThread }),
      clock: control.clock,
      unwrittenPath: join(leftoverFolder, 'unwritten-usage.json'),
    });
    const [ledger, keys] = await bothOrNeither(
      opening,
      loadSigningKeys({ vault: control.vault, registry, clock: control.clock, onChange: options.pushSnapshot }),
    );
    return await assembleCore(options, {
      ...{ registry, ledger, keys },
      leftoverFolder,
      databaseKey: createDatabaseKeyKeeper({
        ...{ registry, ledger, files, key, vault: control.vault, clock: control.clock, random: control.random },
        onChange: () => options.changes.changed('settings'),
      }),
    });
  } catch (error) {
    registry.close();
    throw error;
  }
}

/** The ledger's thread starts while the keys are read. Rejects, with the ledger closed, when either fails. */
async function bothOrNeither(opening: Promise<Ledger>, loading: Promise<SigningKeys>): Promise<[Ledger, SigningKeys]> {
  try {
    return await Promise.all([opening, loading]);
  } catch (error) {
    await opening.then((ledger) => ledger.close()).catch(() => undefined);
    throw error;
  }
}

type Stores = Pick<Core, 'registry' | 'ledger' | 'keys' | 'databaseKey'> & {
  /** Folder for what could not be written in time. */
  readonly leftoverFolder: string;
};

async function assembleCore(options: CoreOptions, stores: Stores): Promise<Core> {
  const { control, deadlines, changes, pushSnapshot } = options;
  const { registry, ledger, keys, databaseKey, leftoverFolder } = stores;
  const { clock, random, log } = control;
  const wasPaused = registry.state.read(pausedState);
  let paused = wasPaused === true || wasPaused === 'panic';
  let stopped = wasPaused === 'panic';

  const shelf = createSecretShelf(control.vault, registry);
  const identities = createIdentityDesk({
    ...{ registry, vault: control.vault, providers, clock, deadlines, random, fetch: control.fetch },
    onChange: () => {
      changes.changed('credentials');
      lease.refresh().catch((error: unknown) => log('secrets-not-read', { reason: String(error) }));
    },
  });
  const credentials = createCredentialService({
    ...{ registry, shelf, identities },
    rotationOf: (record) => rotations.of(record),
    vault: control.vault,
    clock,
    random,
    fetch: control.fetch,
    providers,
    lastUsed: () => ledger.lastUsed(),
    healthOf: options.healthOf,
    onChange: () => {
      changes.changed('credentials', 'status');
      lease.refresh().catch((error: unknown) => log('secrets-not-read', { reason: String(error) }));
    },
  });

  const lease = createKeyLease({
    ...{ credentials, recorder: options.recorder, log, pushSnapshot },
    isPaused: () => paused,
    away: options.away,
  });
  function writePaused(next: boolean | 'panic', actor: Actor): void {
    registry.transaction(() => {
      registry.state.write(pausedState, next);
      const event = next === false ? 'gateway-resumed' : 'gateway-paused';
      registry.audit.append({ event, actor, subject: '' }, clock.now());
    });
  }

  function applyPaused(next: boolean | 'panic'): void {
    paused = next !== false;
    stopped = next === 'panic';
    changes.changed('status');
    pushSnapshot();
    lease.wanted();
  }

  const canaries = createCanaryBook();
  const { desk: rotations } = createRotations({
    ...{ registry, shelf, providers, connectors, clock, random, deadlines, log },
    traffic: createLiveSwitch({
      ...{ deadlines, book: canaries, refreshSecrets: lease.refresh, count: options.countKey },
      async apply() {
        pushSnapshot();
        return options.gatewayTook();
      },
    }),
    permit: createAdminKeyPermit({
      presence: control.presence,
      settings: () => registry.settings.read(),
      recorder: options.recorder,
    }),
    fetch: control.fetch,
    onChange: () => changes.changed('rotations', 'credentials'),
  });
  const books = createJointSave(registry, log);
  const grants = createGrantBook({
    ...{ registry, clock, deadlines, random, books },
    recorder: options.recorder,
    onChange: () => {
      changes.changed('grants', 'status');
      pushSnapshot();
    },
  });
  const spillPlace = (): SpillPlace => ({
    folder: leftoverFolder,
    key: spillKeyOf(databaseKey.key),
    formerKeys: formerSpillKeys(registry.state),
  });
  const sink = { registry, ledger, grants, books };
  await recoverUsage({ ...{ sink, clock, log, isAlive }, spillPlace: spillPlace() });
  endWhatNobodyWatched(grants);
  const limits = new LimitKeeper({
    ...{ registry, ledger, clock, random, books, pushSnapshot },
    onChange: () => changes.changed('limits'),
  });
  await limits.load();
  const watch = new Watch({
    ...{ registry, ledger, grants, clock, random, log },
    onChange: () => changes.changed('alerts'),
  });
  void watch.load();
  const desk = createApprovalDesk({
    registry,
    grants,
    clock,
    deadlines,
    random,
    recorder: options.recorder,
    asksAnew: (tool) => watch.asksAnew(tool),
    onChange: () => changes.changed('requests', 'status', 'policies'),
  });
  const issuer = createTokenIssuer({
    registry,
    grants,
    keys,
    clock,
    random,
    issuer: options.gatewayUrl,
    onChange: pushSnapshot,
    gatewayKnows: options.gatewayKnows,
  });
  registry.audit.onAppend(() => changes.changed('audit'));
  ledger.onHealth(() => changes.changed('status'));
  await lease.refresh();
  return {
    registry,
    ledger,
    keys,
    credentials,
    grants,
    limits,
    watch,
    books,
    databaseKey,
    identities,
    get spillPlace() {
      return spillPlace();
    },
    desk,
    issuer,
    rotations,
    canaries,
    get paused() {
      return paused;
    },
    get stopped() {
      return stopped;
    },
    setPaused(next, actor) {
      writePaused(next, actor);
      applyPaused(next);
    },
    stop(actor) {
      const already = paused;
      applyPaused(already && !stopped ? true : 'panic');
      if (already) return;
      try {
        writePaused('panic', actor);
      } catch (error) {
        log('pause-not-written', { reason: toErrorDocument(error).code });
      }
    },
    snapshot: () =>
      composeSnapshot({
        registry,
        jwks: keys.jwks(),
        secrets: lease.secrets,
        canaryOf: canaries.leaseOf,
        hold: lease.hold,
        grants: grants.leased(),
        limits: limits.leases(),
        paused,
        now: clock.now(),
      }),
    refreshSecrets: lease.refresh,
    keysWanted: lease.wanted,
    async close() {
      await databaseKey.close();
      await rotations.close();
      watch.flush();
      grants.save();
      lease.close();
      await credentials.close();
      await ledger.close().finally(() => registry.close());
    },
  };
}

/** Whether a run goes on, or the screen was locked, is not known of the time in which nobody listened: such access ends rather than lives too long. */
function endWhatNobodyWatched(grants: GrantBook): void {
  grants.endAll('run-exited', 'system', (grant) => grant.endsWhen?.run === true);
  grants.endAll('lock', 'system', (grant) => grant.untilLock);
}
