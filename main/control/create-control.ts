import { join } from 'node:path';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { settingsSchema } from '#shared/model/settings.ts';
import { createAwayKeeper } from './away/away-keeper.ts';
import { createIdleWatch } from './away/idle-watch.ts';
import { createPresenceGuard } from './away/presence-guard.ts';
import { createChangeFeed } from './change-feed.ts';
import { type ControlChannel, openControlChannel } from './channel/control-channel.ts';
import type { Control } from './control.ts';
import type { ControlOptions } from './control-options.ts';
import { createAuthorizationKeeper } from './core/authorization-keeper.ts';
import { keepCore } from './core/keep-core.ts';
import { createHealthBook } from './credential/health-book.ts';
import { createDeadlines } from './deadlines.ts';
import { createAttackRange } from './doctor/attack-range.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createGatewayLink } from './gateway/gateway-link.ts';
import { prepareHome, removeReadyFile, writeReadyFile } from './home/home-folder.ts';
import { readRememberedPort } from './home/remembered-port.ts';
import { createNetworkKeeper } from './network/network-keeper.ts';
import { createHandlers } from './operation/create-handlers.ts';
import type { Handler } from './operation/handler.ts';
import { type CatalogueShelf, openCatalogueShelf } from './price/catalogue-shelf.ts';
import { createPriceDesk } from './price/price-desk.ts';
import { createPriceUpdates } from './price/price-updates.ts';
import { createStatusReader } from './status/read-status.ts';
import { createTlsKeeper } from './tls/tls-keeper.ts';
import { createUsageIntake } from './usage/usage-intake.ts';

/**
 * Starts the control plane: control channel, databases, gateway, authorization server. A vault that is locked or missing is
 * waited for. Rejects with `already_running`, `storage_corrupt`, `vault_item_missing`, and in headless mode `port_in_use`.
 */
export async function createControl(options: ControlOptions): Promise<Control> {
  await prepareHome(options.paths);
  const shelf = await openCatalogueShelf({ folder: join(options.paths.home, 'prices'), log: options.log });
  const plane = assemblePlane(options, shelf);
  try {
    await plane.start();
  } catch (error) {
    await plane.control.close(0);
    throw error;
  }
  return plane.control;
}

/** Puts the parts together; nothing runs before `start`. */
function assemblePlane(
  options: ControlOptions,
  shelf: CatalogueShelf,
): { readonly control: Control; start(): Promise<void> } {
  const { clock, log, paths } = options;
  let channel: ControlChannel | null = null;
  let isStarted = false;
  let hasReadyFile = false;
  let closing: Promise<void> | null = null;

  const changes = createChangeFeed();
  const intake = createUsageIntake({ clock });
  const deadlines = createDeadlines({ clock, log, onSetBack: clockSetBack });
  const recorder = createEventRecorder({ audit: () => keeper.core?.registry.audit ?? null, clock, log });
  const authorization = createAuthorizationKeeper({
    path: paths.authorizationSocket,
    clock,
    log,
    recorder,
    peers: options.peers,
    gatewayKnows: () => link.gatewayKnows(),
    inspectCaller: (grantId, connection) => link.inspectCaller(grantId, connection),
  });
  const health = createHealthBook({ clock, record: recorder.record, onChange: () => changes.changed('credentials') });
  const away = createAwayKeeper({ core: () => keeper.core, onChange: () => changes.changed('status', 'requests') });
  const idle = createIdleWatch({
    ...{ clock, deadlines },
    settings: () => keeper.core?.registry.settings.read() ?? null,
    onChange: (isIdle) => away.set('idle', isIdle),
  });
  const presence = createPresenceGuard({
    presence: options.presence,
    settings: () => keeper.core?.registry.settings.read() ?? null,
    recorder,
  });
  const link = createGatewayLink({
    control: options,
    core: () => keeper.core,
    intake,
    health,
    changes,
    recorder,
    networkPlan: () => network.plan,
    tls: () => tls.lease,
    standIns: () => attackRange.upstreams,
    pricesFor: (priceIds) => prices.tablesFor(priceIds),
    onListening: () => (isStarted ? inBackground(becomeReady()) : undefined),
  });
  const prices = createPriceDesk({
    shelf,
    onChange() {
      link.pushPrices();
      changes.changed('status');
    },
  });
  const priceUpdates = createPriceUpdates({ desk: prices, fetch: options.fetch, clock, recorder, log });
  const network = createNetworkKeeper({
    source: options.network,
    settings: settingsSchema.parse({}),
    onChange: (plan) => link.pushNetwork(plan),
  });
  const tls = createTlsKeeper({
    ...{ vault: options.vault, clock, random: options.random, recorder },
    folder: paths.certificates,
    alsoTrusted: () => network.plan.network.certificates,
    push: (lease) => link.pushTls(lease),
    door: () => link.state.tls,
    onChange: () => changes.changed('status', 'settings'),
  });
  const keeper = keepCore({
    control: options,
    deadlines,
    changes,
    intake,
    recorder,
    health,
    link,
    priceUpdates,
    tls,
    away,
    serveAuthorization,
    settingsKnown(settings, registry) {
      idle.apply();
      prices.connect(registry);
      inBackground(network.apply(settings).then(() => tls.apply(settings)));
    },
    inBackground,
  });
  const status = createStatusReader({
    options,
    core: () => keeper.core,
    vault: () => keeper.vault,
    gateway: () => link.state,
    intake,
    away: () => ({ reasons: [...away.reasons], calls: away.lease()?.mode ?? 'go-on' }),
    priceVersion: () => prices.version,
  });
  const attackRange = createAttackRange({
    core: keeper.require,
    ...{ clock, random: options.random, pushSnapshot: link.pushSnapshot, gatewayKnows: link.gatewayKnows },
  });
  const handlers = createHandlers({
    options,
    core: keeper.require,
    changes,
    recorder,
    intake,
    status,
    prices,
    priceUpdates,
    tls,
    attackRange,
    pushSnapshot: link.pushSnapshot,
    gatewayKnows: link.gatewayKnows,
    gatewayObeys: link.gatewayObeys,
    gatewayUrl: () => link.state.url,
    settingsChanged(settings) {
      idle.apply();
      away.apply();
      inBackground(network.apply(settings));
      inBackground(tls.apply(settings));
      if (keeper.core !== null) priceUpdates.look(keeper.core.registry);
      link.pushSnapshot();
    },
  });

  function clockSetBack(byMs: number): void {
    log('clock-set-back', { byMs });
    const detail = { setBackByMs: Math.round(byMs) };
    recorder.record({ event: 'clock-changed', actor: 'system', subject: '', detail });
  }

  function inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => log('background-work-failed', { reason: toErrorDocument(error).message }));
  }

  async function serveAuthorization(): Promise<void> {
    const { url } = link.state;
    if (keeper.core !== null && url !== null) await authorization.serve(keeper.core, url);
  }

  /** The gateway listens (again): tools may be told where, once everything behind it answers. */
  async function becomeReady(): Promise<void> {
    await serveAuthorization();
    const { url } = link.state;
    if (url === null || closing !== null) return;
    await writeReadyFile(paths, { gateway: url, pid: process.pid, version: options.version, mode: options.mode });
    hasReadyFile = true;
  }

  async function start(): Promise<void> {
    channel = await openControlChannel({
      path: paths.controlSocket,
      perform: control.perform,
      peers: options.peers,
      followAudit: (listener) => keeper.require().registry.audit.onAppend(listener),
      log,
    });
    if (keeper.core === null) inBackground(network.apply(settingsSchema.parse({})));
    await keeper.start();
    const port = options.port ?? keeper.core?.registry.settings.read().port ?? readRememberedPort(paths);
    const gateway = await link.start(port);
    isStarted = true;
    if (gateway.state === 'running') await becomeReady();
    else if (options.mode === 'headless')
      throw new TollkeeperError(gateway.state === 'failed' ? 'port_in_use' : 'internal', gateway.message ?? undefined);
    inBackground(channel.prepare());
  }

  async function close(graceMs: number): Promise<void> {
    if (hasReadyFile) await removeReadyFile(paths);
    await link.close(graceMs);
    await authorization.close();
    await channel?.close();
    deadlines.close();
    changes.close();
    await keeper
      .close()
      .catch((error: unknown) => log('ledger-not-written', { reason: toErrorDocument(error).message }));
  }

  const control: Control = {
    async perform(name, input, caller) {
      idle.performed(name, caller.actor);
      const asking = presence.check(name, input, caller.actor);
      if (asking !== null) await asking;
      const handler: Handler<typeof name> = handlers[name];
      return handler(input, caller);
    },
    onChange: changes.subscribe,
    away: away.set,
    systemIdle: idle.systemIdle,
    get gatewayUrl() {
      return link.state.url;
    },
    close(graceMs) {
      closing ??= close(graceMs);
      return closing;
    },
  };
  return { control, start };
}
