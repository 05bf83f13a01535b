import type { Status } from '#shared/contract/status.ts';
import type { VaultStatus } from '#shared/model/vault.ts';
import type { ControlOptions } from '../control-options.ts';
import type { Core } from '../core/open-core.ts';
import type { GatewayState } from '../gateway/gateway-supervisor.ts';
import type { UsageIntake } from '../usage/usage-intake.ts';

/** Tells the state of the whole program. */
export interface StatusReader {
  read(): Status;
  /** True once the databases are open. */
  isReady(): boolean;
}

/** What the status is read from, as of now. */
export interface StatusSources {
  readonly options: ControlOptions;
  readonly core: () => Core | null;
  readonly vault: () => VaultStatus;
  readonly gateway: () => GatewayState;
  readonly intake: UsageIntake;
  readonly away: () => NonNullable<Status['away']>;
  readonly priceVersion: () => string;
}

const closedLedger: Status['ledger'] = {
  state: 'waiting',
  pendingRows: 0,
  message: 'The ledger is closed until the vault is unlocked.',
};

/** Makes the reader. */
export function createStatusReader(sources: StatusSources): StatusReader {
  const { options } = sources;
  return {
    isReady: () => sources.core() !== null,
    read() {
      const core = sources.core();
      const vault = sources.vault();
      const away = sources.away();
      return {
        version: options.version,
        mode: options.mode,
        pid: process.pid,
        home: options.paths.home,
        gateway: gatewayStatus(sources.gateway(), core?.paused ?? false),
        vault: {
          kind: options.vault.kind,
          state: vault.state,
          message: vault.state === 'ready' ? null : vault.message,
        },
        ledger: core === null ? closedLedger : { ...core.ledger.health },
        waitingRequests: core?.desk.waiting().length ?? 0,
        activeGrants: core?.grants.active().length ?? 0,
        runningRequests: sources.intake.running().length,
        screenLocked: away.reasons.includes('locked') || away.reasons.includes('asleep'),
        away,
        priceVersion: sources.priceVersion(),
      };
    },
  };
}

function gatewayStatus(state: GatewayState, isPaused: boolean): Status['gateway'] {
  return { ...state, state: state.state === 'running' && isPaused ? 'paused' : state.state };
}
