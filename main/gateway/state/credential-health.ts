import type { UpstreamLease } from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { type CredentialHealth, goodHealth, type HealthReason } from '#shared/model/credential.ts';
import {
  admits,
  afterFailure,
  afterNothing,
  afterSuccess,
  type Circuit,
  type CircuitReason,
  freshCircuit,
  waitOf,
  withCall,
} from '#shared/policy/circuit-breaker.ts';

/** How an attempt ended, as far as it says something of its credential. */
export type AttemptOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** What the answer asks to wait, in milliseconds; null when it asks for nothing. */
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'unreachable' }
  /** No answer within `afterMs` milliseconds. */
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** It ended for a reason of ours or the caller's. */
  | { readonly kind: 'abandoned' };

/** Whether a call can be made now: yes, better not, or not before `waitMs` milliseconds have passed. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'avoid' }
  | { readonly kind: 'wait'; readonly waitMs: number; readonly reason: HealthReason };

/** Spans in milliseconds. */
export const coolDown = {
  /** A provider that says to wait longer is asked again after this. */
  longestMs: 300_000,
  /** For a limit that came without a time: others are preferred for so long. */
  untoldMs: 10_000,
  /** For a model that the key may not use: others are preferred for so long. */
  forbiddenMs: 60_000,
  /** A time-out that came sooner says more of the one who set it than of the upstream. */
  impatientMs: 10_000,
} as const;

interface Pause {
  readonly until: number;
  /** True when the provider said how long: until then it is not asked. */
  readonly told: boolean;
  /** True for a limit, which is shown; false for a model that the key may not use. */
  readonly limited: boolean;
}

const ready: Readiness = { kind: 'ready' };
const avoid: Readiness = { kind: 'avoid' };
const rememberedPauses = 64;
/** A pause whose end moves by less is not told again. */
const tellingMs = 1_000;

/** What is held against one credential: its circuit, and the models for which it has hit a limit. */
export class CredentialState {
  readonly #clock: Clock;
  #identity = '';
  #acceptedAt = 0;
  #circuit: Circuit = freshCircuit;
  /** By model; '' for calls that name none. */
  readonly #pauses = new Map<string, Pause>();
  #told: CredentialHealth = goodHealth;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes its present lease; another key or address, or a key found good since, starts afresh. What is to be told of it, if anything. */
  renew(lease: Pick<UpstreamLease, 'credentialVersion' | 'baseUrl' | 'acceptedAt'>): CredentialHealth | null {
    const identity = `${lease.credentialVersion} ${lease.baseUrl}`;
    const acceptedAt = lease.acceptedAt ?? 0;
    if (identity === this.#identity && acceptedAt <= this.#acceptedAt) {
      return null;
    }
    this.#identity = identity;
    this.#acceptedAt = acceptedAt;
    return this.clear();
  }

  /** Takes back all that is held against it. What is to be told of that, if anything. */
  clear(): CredentialHealth | null {
    this.#circuit = freshCircuit;
    this.#pauses.clear();
    return this.#news();
  }

  /** True when the model of a call makes a difference: something is held against some, or this outcome may be. */
  tellsModelsApart(outcome: AttemptOutcome | null): boolean {
    return this.#pauses.size > 0 || (outcome?.kind === 'answered' && outcome.status >= 400);
  }

  /** Whether a call for this model can be made now. */
  readiness(model: string | null): Readiness {
    if (this.#circuit.state === 'closed' && this.#pauses.size === 0) {
      return ready;
    }
    const now = this.#clock.monotonic();
    const waitMs = waitOf(this.#circuit, now);
    if (this.#circuit.state !== 'closed' && waitMs > 0) {
      return { kind: 'wait', waitMs, reason: this.#circuit.reason };
    }
    const pause = this.#pauses.get(model ?? '');
    if (pause === undefined || pause.until <= now) {
      return this.#circuit.state === 'closed' ? ready : avoid;
    }
    return pause.told ? { kind: 'wait', waitMs: pause.until - now, reason: 'rate_limited' } : avoid;
  }

  /** A call begins: on a circuit that was open it is the trial. */
  begin(): void {
    if (this.#circuit.state !== 'closed') {
      this.#circuit = withCall(this.#circuit, this.#clock.monotonic());
    }
  }

  /** A call ended. What is to be told of it, if anything; a good credential costs nothing here. */
  end(outcome: AttemptOutcome, model: string | null): CredentialHealth | null {
    const now = this.#clock.monotonic();
    const before = this.#circuit;
    const isPaused = outcome.kind === 'answered' && this.#pauseAfter(outcome, model, now);
    this.#circuit = this.#judge(outcome, now);
    return this.#circuit === before && !isPaused ? null : this.#news();
  }

  /** How it does, with wall-clock times. */
  health(): CredentialHealth {
    const now = this.#clock.monotonic();
    const at = (until: number): string => new Date(this.#clock.now() + until - now).toISOString();
    if (this.#circuit.state !== 'closed') {
      const { state, reason } = this.#circuit;
      const until = this.#circuit.state === 'open' && !admits(this.#circuit, now) ? at(this.#circuit.until) : null;
      return { state, until, reason, models: [] };
    }
    const limits = [...this.#pauses].filter(([, pause]) => pause.limited && pause.until > now);
    if (limits.length === 0) {
      return goodHealth;
    }
    const models = limits.map(([model]) => model);
    return {
      state: 'cooling',
      until: at(Math.max(...limits.map(([, { until }]) => until))),
      reason: 'rate_limited',
      models: models.includes('') ? [] : models,
    };
  }

  #news(): CredentialHealth | null {
    const health = this.health();
    if (isSameNews(health, this.#told)) {
      return null;
    }
    this.#told = health;
    return health;
  }

  #judge(outcome: AttemptOutcome, now: number): Circuit {
    const reason = reasonOf(outcome);
    if (reason === 'nothing') {
      return afterNothing(this.#circuit, now);
    }
    return reason === null ? afterSuccess(this.#circuit, now) : afterFailure(this.#circuit, reason, now);
  }

  #pauseAfter(
    { status, retryAfterMs }: Extract<AttemptOutcome, { kind: 'answered' }>,
    model: string | null,
    now: number,
  ): boolean {
    const key = model ?? '';
    if (status < 400) {
      if (this.#pauses.size > 0) {
        this.#pauses.delete(key);
      }
      return false;
    }
    const limited = status === 429 || (status === 503 && retryAfterMs !== null);
    if (!limited && status !== 403) {
      return false;
    }
    const untold = limited ? coolDown.untoldMs : coolDown.forbiddenMs;
    const told = limited && retryAfterMs !== null;
    const length = told ? Math.min(retryAfterMs, coolDown.longestMs) : untold;
    this.#remember(key, { until: now + length, told, limited });
    return limited;
  }

  #remember(key: string, pause: Pause): void {
    this.#pauses.delete(key);
    if (this.#pauses.size >= rememberedPauses) {
      const [oldest = ''] = this.#pauses.keys();
      this.#pauses.delete(oldest);
    }
    this.#pauses.set(key, pause);
  }
}

/** A later end of the same pause is news only when it is much later. */
function isSameNews(health: CredentialHealth, told: CredentialHealth): boolean {
  const later = (Date.parse(health.until ?? '') || 0) - (Date.parse(told.until ?? '') || 0);
  return (
    health.state === told.state &&
    health.reason === told.reason &&
    health.models.join(' ') === told.models.join(' ') &&
    Math.abs(later) <= tellingMs
  );
}

/** What an outcome counts as: a failure, a success (null), or nothing. A refusal for the caller's own reason is a success here. */
function reasonOf(outcome: AttemptOutcome): CircuitReason | 'nothing' | null {
  switch (outcome.kind) {
    case 'answered':
      if (outcome.status === 401) {
        return 'key_rejected';
      }
      return outcome.status >= 500 && outcome.status !== 501 ? 'server_error' : null;
    case 'unreachable':
      return 'unreachable';
    case 'timeout':
      return outcome.afterMs < coolDown.impatientMs ? 'nothing' : 'timeout';
    case 'abandoned':
      return 'nothing';
  }
}
