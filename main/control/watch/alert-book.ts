import type { AlertRecord } from '#main/store/registry/alert-records.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Alert } from '#shared/model/alert.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { watchRules } from '#shared/policy/watch-rules.ts';
import { type Sign, signKey } from '#shared/policy/watch-sign.ts';
import { createIdentifier } from '../identifier.ts';

/** What the book is made from. */
export interface AlertBookOptions {
  readonly registry: Pick<Registry, 'alerts' | 'audit' | 'transaction'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

/** Something that was noticed, and what was done about it. */
export interface Noticed {
  readonly sign: Sign;
  /** In one sentence. */
  readonly done: string;
  /** Grants that were ended because of it. */
  readonly endedGrants: number;
}

/** Unread alerts of one rule and tool; what comes beyond counts on the newest of them, or whoever causes them could bury all others. */
const mostAlike = 20;

/** Alerts that are kept besides the unread ones. */
const keptAlerts = 1_000;

/** Alerts as they stand: equal ones are one, and each stands until it is read. */
export class AlertBook {
  readonly #options: AlertBookOptions;

  constructor(options: AlertBookOptions) {
    this.#options = options;
  }

  /** Writes it down, as a new alert or as one more time of the alert that stands, or stood a short while ago. */
  add(noticed: Noticed): void {
    const { registry } = this.#options;
    registry.transaction(() => {
      const latest = registry.alerts.findLatest(signKey(noticed.sign));
      const one = latest !== null && isSameMatter(latest, noticed.sign) ? latest : null;
      const standing = one ?? registry.alerts.findCrowded(noticed.sign, mostAlike);
      if (standing === null) this.#raise(noticed);
      else registry.alerts.put(repeated(standing, noticed));
    });
  }

  /** Newest first. */
  list(options: { readonly unreadOnly: boolean; readonly limit: number }): readonly Alert[] {
    return this.#options.registry.alerts.list(options);
  }

  /** Marks one as read, or all with null; returns how many were not. Throws `not_found`. */
  markRead(id: string | null, actor: Actor): number {
    const { registry, clock } = this.#options;
    if (id !== null && !registry.alerts.has(id))
      throw new TollkeeperError('not_found', `There is no alert ${id}. \`toll alerts\` shows them.`);
    return registry.transaction(() => {
      const read = registry.alerts.markRead(id, new Date(clock.now()).toISOString());
      const detail = { alerts: read };
      if (read > 0) registry.audit.append({ event: 'alerts-read', actor, subject: id ?? '', detail }, clock.now());
      return read;
    });
  }

  #raise({ sign, done, endedGrants }: Noticed): void {
    const { registry, clock, random } = this.#options;
    const at = new Date(sign.at).toISOString();
    const { rule, tool, sentence, evidence, requestId, auditSequence, grantId } = sign;
    const id = createIdentifier('alert', random);
    registry.alerts.put({
      ...{
        id,
        key: signKey(sign),
        rule,
        tool,
        sentence,
        evidence: [...evidence],
        requestId,
        auditSequence,
        grantId,
        done,
      },
      ...{ count: 1, firstAt: at, lastAt: at, readAt: null },
    });
    registry.alerts.keepNewest(keptAlerts);
    registry.audit.append(
      { event: 'alert-raised', actor: 'system', subject: id, detail: { rule, tool, sentence, done, endedGrants } },
      clock.now(),
    );
  }
}

function isSameMatter(latest: AlertRecord, { rule, at }: Sign): boolean {
  return latest.readAt === null || at - Date.parse(latest.lastAt) < watchRules[rule].coolDownMinutes * 60_000;
}

/** The alert with what was seen last; what was done stays told until something is done again. */
function repeated(latest: AlertRecord, { sign, done, endedGrants }: Noticed): AlertRecord {
  const { sentence, evidence, requestId, auditSequence, grantId } = sign;
  return {
    ...latest,
    ...{ sentence, evidence: [...evidence], requestId, auditSequence, grantId },
    ...{ count: latest.count + 1, lastAt: new Date(Math.max(sign.at, Date.parse(latest.lastAt))).toISOString() },
    ...(endedGrants > 0 ? { done } : {}),
  };
}
