import type { Credential, HealthReason } from '#shared/model/credential.ts';

/** How a key does, at a glance and in a sentence. */
export interface HealthWords {
  readonly tone: 'teal' | 'amber' | 'red' | 'neutral';
  readonly text: string;
  readonly explanation: string;
  /** When it is used or tried again, in milliseconds since the epoch; null when it is used now. */
  readonly until: number | null;
}

const reasons: Readonly<Record<HealthReason, string>> = {
  rate_limited: 'The provider asked to wait',
  server_error: 'The provider failed several times in a row',
  unreachable: 'The provider could not be reached several times in a row',
  timeout: 'The provider did not answer in time, several times in a row',
  key_rejected: 'The provider refused the key',
};

/** Says how a key does at `now` (milliseconds since the epoch). A time that has passed means that the next call tries it. */
export function describeHealth({ health }: Pick<Credential, 'health'>, now: number): HealthWords {
  const until = health.until === null ? null : Date.parse(health.until);
  const why = health.reason === null ? '' : `${reasons[health.reason]}. `;
  const isOver = until !== null && until <= now;
  const some = health.models.length === 0 ? '' : ` Only for ${health.models.join(', ')}.`;
  if (health.state === 'closed' || (health.state === 'cooling' && isOver))
    return { tone: 'teal', text: 'serving', explanation: 'Calls can use it.', until: null };
  if (health.state === 'cooling') {
    const text = health.models.length === 0 ? 'cooling' : 'cooling in part';
    return { tone: 'amber', text, explanation: `${why}Calls use other keys until then.${some}`, until };
  }
  if (health.state === 'half-open' || isOver)
    return { tone: 'neutral', text: 'trying again', explanation: `${why}The next call tries it.`, until: null };
  return { tone: 'red', text: 'left alone', explanation: `${why}It is tried again by itself.`, until };
}

/** Its share in its provider's pool: the one that was set, else 1 for the default key; null when it is not in the pool. */
export function poolWeight({ weight, isDefault }: Pick<Credential, 'weight' | 'isDefault'>): number | null {
  return weight ?? (isDefault ? 1 : null);
}
