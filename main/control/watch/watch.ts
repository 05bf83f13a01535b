import type { Ledger } from '#main/store/ledger/ledger.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import { refusedReferencePrefix } from '#shared/contract/facts.ts';
import type { Actor, Grant } from '#shared/model/access.ts';
import type { Alert, Evidence, WatchRuleChange, WatchRuleStatus } from '#shared/model/alert.ts';
import type { AuditEntry } from '#shared/model/audit.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { UsageGroup } from '#shared/model/usage-group.ts';
import { type RefusedToken, WatchBook, type WatchLookUps } from '#shared/policy/watch-book.ts';
import { actionOf, changeRule, usualRule, type WatchSettings, watchSettings } from '#shared/policy/watch-settings.ts';
import type { Sign } from '#shared/policy/watch-sign.ts';
import { pastMs } from '#shared/policy/watch-tool.ts';
import type { Log } from '../control-options.ts';
import type { GrantBook } from '../grant/grant-book.ts';
import { ownEndings } from '../grant/grant-entry.ts';
import { AlertBook } from './alert-book.ts';
import { createAskAnew } from './ask-anew.ts';

/** What the watch is made from. */
export interface WatchOptions {
  readonly registry: Pick<Registry, 'alerts' | 'watchRules' | 'tokens' | 'grants' | 'state' | 'audit' | 'transaction'>;
  readonly ledger: Pick<Ledger, 'toolHistory'>;
  readonly grants: Pick<GrantBook, 'find' | 'end' | 'endAll'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly log: Log;
  /** Alerts or rules have changed. */
  readonly onChange: () => void;
}

/** Milliseconds from a sign until something follows: enough for a burst to become one piece of work. */
const settleMs = 100;
/** Groups of rows held while the past is read, and signs held until they are worked on; what comes beyond is left out. */
const mostHeld = 2_000;

/** Notices irregular use in what the gateway reports and control records, and does what the owner chose. No request waits for it. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #book = new WatchBook();
  readonly #alerts: AlertBook;
  readonly #askAnew: ReturnType<typeof createAskAnew>;
  #settings: WatchSettings;
  #isLoaded = false;
  #held: UsageGroup[] = [];
  #signs: Sign[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** Call `load` to have what the ledger knows taken in; until then rows are held. */
  constructor(options: WatchOptions) {
    this.#options = options;
    this.#alerts = new AlertBook(options);
    this.#askAnew = createAskAnew(options.registry);
    this.#settings = watchSettings(options.registry.watchRules.list());
    options.registry.audit.onAppend((entry) => this.#hear(entry));
  }

  /** Takes in each tool's past. A ledger that can't be read leaves everybody new. Never rejects. */
  async load(): Promise<void> {
    const { ledger, clock, log } = this.#options;
    try {
      this.#book.load(await ledger.toolHistory(clock.now() - pastMs));
    } catch (error) {
      log('watch-without-past', { reason: toErrorDocument(error).code });
    }
    this.#isLoaded = true;
    const held = this.#held;
    this.#held = [];
    for (const group of held) this.settled(group);
  }

  /** Rows were written. Returns at once; what follows comes later. */
  settled(group: UsageGroup): void {
    if (!this.#isLoaded) {
      if (this.#held.length < mostHeld) this.#held.push(group);
      return;
    }
    this.#attempt(() => this.#take(this.#book.count(group, this.#settings, this.#lookUps)));
  }

  /** Every rule as it is in force, in order. */
  rules(): readonly WatchRuleStatus[] {
    return [...this.#settings.values()];
  }

  /** Throws `invalid_request` with what the rule can be set to. */
  setRule(change: WatchRuleChange, actor: Actor): WatchRuleStatus {
    const { registry, clock } = this.#options;
    const { rule } = change;
    const next = changeRule(this.#settings.get(rule) ?? usualRule(rule), change);
    if (typeof next === 'string') throw new TollkeeperError('invalid_request', next);
    const { action, thresholds } = next;
    registry.transaction(() => {
      if (isEqual(next, usualRule(rule))) registry.watchRules.remove(rule);
      else registry.watchRules.put(next);
      registry.audit.append(
        { event: 'watch-rule-set', actor, subject: rule, detail: { action, thresholds } },
        clock.now(),
      );
    });
    this.#settings = watchSettings(registry.watchRules.list());
    this.#options.onChange();
    return next;
  }

  /** Newest first. */
  alerts(options: { readonly unreadOnly: boolean; readonly limit: number }): readonly Alert[] {
    return this.#alerts.list(options);
  }

  /** Marks one as read, or all with null; returns how many were not. Throws `not_found`. */
  markRead(id: string | null, actor: Actor): number {
    const read = this.#alerts.markRead(id, actor);
    if (read > 0) this.#options.onChange();
    return read;
  }

  /** True when a rule wants a person to answer this tool's next request, whatever the policies say. */
  asksAnew(tool: string): boolean {
    return this.#askAnew.has(tool);
  }

  /** Works on everything noticed so far. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const signs = this.#signs;
    this.#signs = [];
    for (const sign of signs) this.#attempt(() => this.#act(sign));
    if (signs.length > 0) this.#options.onChange();
  }

  #hear(entry: AuditEntry): void {
    const isAnswer = entry.event === 'access-granted' || entry.event === 'access-denied';
    const { tool } = entry.detail;
    if (isAnswer && typeof tool === 'string' && entry.actor !== 'policy' && entry.actor !== 'client')
      this.#attempt(() => this.#askAnew.answered(tool));
    this.#attempt(() => this.#take(this.#book.hear(entry, this.#settings)));
  }

  #take(signs: readonly Sign[]): void {
    const wanted = signs.filter(({ rule }) => actionOf(this.#settings, rule) !== 'off');
    if (wanted.length === 0 || this.#signs.length >= mostHeld) return;
    this.#signs.push(...wanted);
    this.#timer ??= setTimeout(() => this.flush(), settleMs).unref();
  }

  #act(sign: Sign): void {
    const evidence = [...sign.evidence, ...this.#programOf(sign.grantId)];
    const endedGrants = this.#end(sign);
    this.#alerts.add({ sign: { ...sign, evidence }, endedGrants, done: this.#sayDone(sign, endedGrants) });
  }

  /** Ends what the rule says; returns how many grants were alive. */
  #end({ rule, tool, grantId }: Sign): number {
    const { grants } = this.#options;
    const action = actionOf(this.#settings, rule);
    if (tool === null || action === 'notify' || action === 'off') return 0;
    this.#askAnew.add(tool);
    const endedBy = `watch: ${rule}`;
    if (action === 'revoke') return grants.endAll(endedBy, 'system', (grant) => grant.tool === tool);
    return grantId !== null && grants.end(grantId, endedBy, 'system') ? 1 : 0;
  }

  #sayDone({ rule, tool }: Sign, endedGrants: number): string {
    const action = actionOf(this.#settings, rule);
    if (tool === null || action === 'notify') return 'You were told; nothing was stopped.';
    if (endedGrants === 0) return 'It had no access left to end; its next request waits for you.';
    return action === 'revoke' && endedGrants > 1
      ? `All of its access was ended (${endedGrants} grants); its next request waits for you.`
      : 'Its access was ended; its next request waits for you.';
  }

  /** The program that the access was given to, as far as it is known. */
  #programOf(grantId: string | null): readonly Evidence[] {
    const process = grantId === null ? null : (this.#options.grants.find(grantId)?.process ?? null);
    if (process === null) return [];
    const place = process.folder === null ? '' : ` in ${process.folder}`;
    return [{ name: 'Given to', value: `${process.executable ?? process.name} (process ${process.pid})${place}` }];
  }

  readonly #lookUps: WatchLookUps = {
    refusedToken: (tokenId) => this.#refusedToken(tokenId),
    uses: (grantId) => this.#options.grants.find(grantId)?.uses ?? null,
  };

  #refusedToken(named: string): RefusedToken | null {
    const { registry, grants } = this.#options;
    const token = named.startsWith(refusedReferencePrefix)
      ? registry.tokens.findByReference(named.slice(refusedReferencePrefix.length))
      : registry.tokens.find(named);
    const grant = token === null ? null : grants.find(token.grantId);
    if (token === null || grant === null) return null;
    const { endedAt, endedBy } = endOf(grant, grants);
    const ended = { endedAt: endedAt === null ? null : Date.parse(endedAt), endedBy };
    const revoked = { endedAt: token.revokedAt, endedBy: 'revoked' };
    const known = { tokenId: token.id, grantId: grant.id, tool: grant.tool };
    return { ...known, ...(token.revokedAt === null ? ended : revoked) };
  }

  /** The watch must never stop what it watches. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log('watch-failed', { reason: toErrorDocument(error).code });
    }
  }
}

/** How it ended; one that ended with the access it was handed on from ended as that did. */
function endOf(grant: Grant, grants: Pick<GrantBook, 'find'>): Grant {
  const seen = new Set<string>();
  let last = grant;
  while (last.endedBy === ownEndings.parentEnded && last.parentGrantId !== null && !seen.has(last.id)) {
    seen.add(last.id);
    last = grants.find(last.parentGrantId) ?? { ...last, parentGrantId: null };
  }
  return last;
}

function isEqual(left: WatchRuleStatus, right: WatchRuleStatus): boolean {
  const names = Object.keys(right.thresholds);
  return left.action === right.action && names.every((name) => left.thresholds[name] === right.thresholds[name]);
}
