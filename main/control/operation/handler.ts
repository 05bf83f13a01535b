import type { OperationArguments, OperationName, OperationOutput } from '#shared/contract/operations.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { Caller } from '../control.ts';
import type { ControlOptions } from '../control-options.ts';
import type { Core } from '../core/open-core.ts';
import type { AttackRange } from '../doctor/attack-range.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { PriceDesk } from '../price/price-desk.ts';
import type { PriceUpdates } from '../price/price-updates.ts';
import type { StatusReader } from '../status/read-status.ts';
import type { TlsKeeper } from '../tls/tls-keeper.ts';
import type { UsageIntake } from '../usage/usage-intake.ts';

/** Carries out one operation; its input is already decoded. */
export type Handler<N extends OperationName> = (
  input: OperationArguments<N>,
  caller: Caller,
) => OperationOutput<N> | Promise<OperationOutput<N>>;

/** The handlers of some operations. */
export type Handlers<N extends OperationName = OperationName> = { readonly [K in N]: Handler<K> };

/** What handlers work on. */
export interface HandlerContext {
  readonly options: ControlOptions;
  /** Throws `vault_locked` or `vault_unavailable` while there is none. */
  core(): Core;
  readonly changes: ChangeFeed;
  readonly recorder: EventRecorder;
  readonly intake: UsageIntake;
  readonly status: StatusReader;
  readonly prices: PriceDesk;
  readonly priceUpdates: PriceUpdates;
  readonly tls: TlsKeeper;
  readonly attackRange: AttackRange;
  readonly pushSnapshot: () => void;
  readonly gatewayKnows: () => Promise<void>;
  /** Resolves true when the gateway has applied everything up to now, and false when it did not answer and was killed. */
  readonly gatewayObeys: () => Promise<boolean>;
  readonly gatewayUrl: () => string | null;
  /** Settings that take effect at once were changed. */
  readonly settingsChanged: (settings: Settings) => void;
}
