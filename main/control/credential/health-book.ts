import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { GatewayMessage } from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { type CredentialHealth, goodHealth } from '#shared/model/credential.ts';

/** What the gateway said of some credentials. */
export type HealthFacts = Extract<GatewayMessage, { type: 'health-changed' }>['credentials'];

/** How each credential does, as the gateway last told it. It lives as long as the gateway process does. */
export interface HealthBook {
  take(facts: HealthFacts): void;
  /** As of now: a pause that is over is over, and an open circuit whose time has come is half-open. */
  of(credentialId: string): CredentialHealth;
  /** The gateway is gone, and the next one begins without a grudge. */
  gatewayLost(): void;
}

/** What a book is made from. */
export interface HealthBookOptions {
  readonly clock: Clock;
  readonly record: (fact: AuditFact) => void;
  readonly onChange: () => void;
}

/** Makes a book in which every credential is well. */
export function createHealthBook({ clock, record, onChange }: HealthBookOptions): HealthBook {
  const known = new Map<string, CredentialHealth>();

  function take(credentialId: string, health: CredentialHealth): void {
    const before = known.get(credentialId) ?? goodHealth;
    if (isOpen(health) && !isOpen(before)) {
      const detail = { reason: health.reason, until: health.until };
      record({ event: 'circuit-opened', actor: 'system', subject: credentialId, detail });
    } else if (isOpen(before) && !isOpen(health)) {
      record({ event: 'circuit-closed', actor: 'system', subject: credentialId });
    }
    if (health.state === 'closed') known.delete(credentialId);
    else known.set(credentialId, health);
  }

  return {
    take(facts) {
      for (const { credentialId, health } of facts) take(credentialId, health);
      if (facts.length > 0) onChange();
    },
    of: (credentialId) => asOf(known.get(credentialId) ?? goodHealth, clock.now()),
    gatewayLost() {
      if (known.size === 0) return;
      known.clear();
      onChange();
    },
  };
}

function isOpen({ state }: CredentialHealth): boolean {
  return state === 'open' || state === 'half-open';
}

function asOf(health: CredentialHealth, now: number): CredentialHealth {
  if (health.until === null || Date.parse(health.until) > now) return health;
  return isOpen(health) ? { ...health, state: 'half-open', until: null } : goodHealth;
}
