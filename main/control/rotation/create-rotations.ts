import type { Registry } from '#main/store/registry/registry.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { Log } from '../control-options.ts';
import type { SecretShelf } from '../credential/secret-shelf.ts';
import type { Deadlines } from '../deadlines.ts';
import { createIdentifier } from '../identifier.ts';
import { createAdminKeys } from './admin-keys.ts';
import type { CreateConnector } from './connector.ts';
import { createConnectorDesk, type PermitAdminKey } from './connector-desk.ts';
import { createGuidedRotations } from './guided-rotations.ts';
import { createRotationDesk, type RotationDesk } from './rotation-desk.ts';
import { createRotationEngine, type RotationEngine } from './rotation-engine.ts';
import { createRotationJournal } from './rotation-journal.ts';
import { createRotationPlanner, type RotationPlanner } from './rotation-planner.ts';
import { stepEffects } from './step/steps.ts';
import type { TrafficSwitch } from './traffic-switch.ts';

/** Percent of a credential's calls that a canary takes. */
const canaryShare = 25;

/** Milliseconds for which a disabled key is kept before it is destroyed, so that it can be brought back. */
export const keepDisabledMs = 60 * 60 * 1_000;

/** What rotations are made from. */
export interface RotationsOptions {
  readonly registry: Registry;
  readonly shelf: SecretShelf;
  readonly traffic: TrafficSwitch;
  readonly permit: PermitAdminKey;
  readonly providers: Readonly<Record<string, Provider>>;
  readonly connectors: Readonly<Record<string, CreateConnector>>;
  readonly fetch: typeof globalThis.fetch;
  readonly deadlines: Pick<Deadlines, 'after'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly log: Log;
  /** Something that a view shows of rotations, or of credentials because of them, has changed. */
  readonly onChange: () => void;
}

/** All of rotation, put together; nothing goes on before the first `look`. */
export interface Rotations {
  readonly desk: RotationDesk;
  readonly engine: RotationEngine;
}

/** Puts the parts together. */
export function createRotations(options: RotationsOptions): Rotations {
  const { registry, shelf, clock, random, onChange } = options;
  const adminKeys = createAdminKeys({
    ...{ registry, shelf, clock, onChange },
    newId: () => createIdentifier('adm', random),
    kindOf: (provider) => options.providers[provider]?.rotation?.adminKey,
  });
  const connectors = createConnectorDesk({ ...options, adminKeys });
  const journal = createRotationJournal({
    ...{ registry, shelf, clock, onChange },
    onEnded: (rotation) => planner.ended(rotation),
  });
  const engine = createRotationEngine({
    ...{ registry, shelf, journal, connectors, clock, canaryShare, keepDisabledMs },
    traffic: options.traffic,
    effects: stepEffects,
    deadlines: options.deadlines,
    newId: () => createIdentifier('rot', random),
    log: options.log,
  });
  const planner: RotationPlanner = createRotationPlanner({
    ...{ registry, engine, connectors, clock, onChange },
    jitter: () => (random(1)[0] ?? 0) / 256,
  });
  const guided = createGuidedRotations({ ...{ registry, shelf, engine, connectors }, providers: options.providers });
  return { engine, desk: createRotationDesk({ registry, engine, planner, connectors, adminKeys, guided, clock }) };
}
