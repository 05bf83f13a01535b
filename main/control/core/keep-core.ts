import type { Registry } from '#main/store/registry/registry.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { AwayKeeper } from '../away/away-keeper.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { ControlOptions } from '../control-options.ts';
import type { HealthBook } from '../credential/health-book.ts';
import type { Deadlines } from '../deadlines.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { GatewayLink } from '../gateway/gateway-link.ts';
import { closeDataFolder, openDataFolder } from '../home/home-folder.ts';
import type { PriceUpdates } from '../price/price-updates.ts';
import type { TlsKeeper } from '../tls/tls-keeper.ts';
import type { UsageIntake } from '../usage/usage-intake.ts';
import { type CoreKeeper, createCoreKeeper } from './core-keeper.ts';
import { openCore } from './open-core.ts';
import { createStoreSweep } from './sweep-stores.ts';

/** What the core lives among. */
export interface CoreSurroundings {
  readonly control: ControlOptions;
  readonly deadlines: Deadlines;
  readonly changes: ChangeFeed;
  readonly intake: UsageIntake;
  readonly recorder: EventRecorder;
  readonly health: HealthBook;
  readonly link: GatewayLink;
  readonly priceUpdates: Pick<PriceUpdates, 'look'>;
  readonly tls: Pick<TlsKeeper, 'look'>;
  readonly away: Pick<AwayKeeper, 'lease' | 'apply'>;
  /** There is a core now for the authorization server to answer from. */
  readonly serveAuthorization: () => Promise<void>;
  /** The user's settings can be read now. */
  readonly settingsKnown: (settings: Settings, registry: Registry) => void;
  /** Runs what nobody waits for, and logs when it fails. */
  readonly inBackground: (work: Promise<void>) => void;
}

/** Has the core opened when the vault allows it, and everything around it told. */
export function keepCore(surroundings: CoreSurroundings): CoreKeeper {
  const { control, changes, link, recorder } = surroundings;
  const sweep = createStoreSweep(control);
  let dataFolder: string | null = null;

  const keeper = createCoreKeeper({
    vault: control.vault,
    log: control.log,
    async open() {
      dataFolder ??= await openDataFolder(control.paths, control.vault.kind);
      return openCore({
        control,
        dataFolder,
        deadlines: surroundings.deadlines,
        changes,
        recorder,
        healthOf: surroundings.health.of,
        pushSnapshot: link.pushSnapshot,
        gatewayKnows: link.gatewayKnows,
        gatewayTook: link.gatewayTook,
        countKey: link.countKey,
        gatewayUrl: link.issuer,
        away: surroundings.away.lease,
      });
    },
    async onOpened(core) {
      recorder.retry();
      surroundings.intake.connect(core);
      surroundings.away.apply();
      surroundings.settingsKnown(core.registry.settings.read(), core.registry);
      link.coreOpened();
      link.pushSnapshot();
      changes.changed(
        'status',
        'credentials',
        'requests',
        'grants',
        'policies',
        'limits',
        'rotations',
        'alerts',
        'usage',
        'audit',
        'settings',
      );
      core.rotations.look();
      await surroundings.serveAuthorization();
    },
    onVaultChange(status, core) {
      changes.changed('status', 'credentials');
      if (core === null) return;
      if (status.state === 'ready') {
        surroundings.inBackground(core.refreshSecrets());
        return;
      }
      const detail = { state: status.state };
      recorder.record({ event: 'vault-locked', actor: 'system', subject: control.vault.kind, detail });
    },
    onLook(core) {
      recorder.retry();
      core.grants.save();
      core.rotations.look();
      sweep(core);
      surroundings.priceUpdates.look(core.registry);
      surroundings.inBackground(core.keys.look());
      surroundings.inBackground(core.databaseKey.look());
      surroundings.tls.look();
    },
  });
  return {
    start: keeper.start,
    require: keeper.require,
    get core() {
      return keeper.core;
    },
    get vault() {
      return keeper.vault;
    },
    async close() {
      await keeper.close().finally(async () => {
        if (dataFolder !== null) await closeDataFolder(dataFolder, control.vault.kind);
      });
    },
  };
}
