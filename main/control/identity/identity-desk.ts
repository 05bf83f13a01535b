import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { Provider, WorkloadIdentitySupport } from '#shared/model/provider.ts';
import type { Vault } from '#shared/model/vault.ts';
import type { IdentityCard } from '#shared/model/workload-identity.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import { type ExchangeOutcome, exchangeAssertion } from './exchange-assertion.ts';
import { type IdentityKey, loadIdentityKey, namesOf } from './identity-key.ts';

/** What the desk is made from. */
export interface IdentityDeskOptions {
  readonly vault: Vault;
  readonly registry: Pick<Registry, 'credentials' | 'vaultItems' | 'audit' | 'transaction'>;
  readonly providers: Readonly<Record<string, Provider>>;
  readonly clock: Clock;
  readonly deadlines: Pick<Deadlines, 'after'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly fetch: typeof globalThis.fetch;
  /** A credential has another token, or none any more. */
  readonly onChange: () => void;
}

/** A credential whose secret is not stored, as far as tokens for it are concerned. */
export type KeylessCredential = Pick<CredentialRecord, 'id' | 'definition' | 'baseUrl' | 'identity'>;

/** Has a living provider token for every credential without a stored key. Tokens are in memory only. */
export interface IdentityDesk {
  /** What a person registers at the provider; makes our key pair the first time. Rejects with `invalid_request` for a provider that has no such thing. */
  card(provider: string): Promise<IdentityCard>;
  /** The token to call with now; null while there is none, which is then fetched and told by `onChange`. Kept alive until the desk is put to rest. */
  tokenOf(credential: KeylessCredential): string | null;
  /** Asks for a token now, or waits for the one that is on its way. */
  obtain(credential: KeylessCredential): Promise<ExchangeOutcome>;
  /** Forgets every token and fetches none until one is asked for. */
  rest(): void;
}

/** Share of a token's life after which the next is fetched; a random part of `spread` is added, so that many do not come at once. */
const renewal = { after: 0.6, spread: 0.2 } as const;
/** Milliseconds until a failed exchange is tried again: doubled from the first on, each shortened by up to a half at random. */
const retry = { firstMs: 5_000, longestMs: 60_000, refusedMs: 300_000 } as const;

interface Holding {
  credential: KeylessCredential;
  token: string | null;
  failures: number;
  wasRefused: boolean;
  underway: Promise<ExchangeOutcome> | null;
  end: Deadline | null;
  next: Deadline | null;
}

/** Makes a desk without tokens. */
export function createIdentityDesk(options: IdentityDeskOptions): IdentityDesk {
  return new Desk(options);
}

/** What this provider offers; throws `invalid_request` when that is nothing. */
export function identitySupportOf(
  definition: string,
  providers: Readonly<Record<string, Provider>>,
): { readonly provider: Provider; readonly support: WorkloadIdentitySupport } {
  const provider = Object.hasOwn(providers, definition) ? providers[definition] : undefined;
  if (provider?.workloadIdentity !== undefined) return { provider, support: provider.workloadIdentity };
  throw new TollkeeperError(
    'invalid_request',
    `${provider?.name ?? definition} gives no tokens for a workload identity.`,
  );
}

class Desk implements IdentityDesk {
  readonly #options: IdentityDeskOptions;
  readonly #holdings = new Map<string, Holding>();
  #key: Promise<IdentityKey> | null = null;

  constructor(options: IdentityDeskOptions) {
    this.#options = options;
  }

  async card(provider: string): Promise<IdentityCard> {
    const { support } = identitySupportOf(provider, this.#options.providers);
    const key = await this.#identityKey();
    return { ...namesOf(key), audience: support.audience, jwks: { keys: [{ ...key.publicJwk }] } };
  }

  tokenOf(credential: KeylessCredential): string | null {
    const holding = this.#holdings.get(credential.id);
    if (holding === undefined) void this.obtain(credential);
    return holding?.token ?? null;
  }

  obtain(credential: KeylessCredential): Promise<ExchangeOutcome> {
    const holding = this.#holdings.get(credential.id) ?? emptyHolding(credential);
    this.#holdings.set(credential.id, holding);
    holding.credential = credential;
    holding.underway ??= this.#fetch(holding).finally(() => {
      holding.underway = null;
    });
    return holding.underway;
  }

  rest(): void {
    for (const holding of this.#holdings.values()) cancelAll(holding);
    this.#holdings.clear();
  }

  #identityKey(): Promise<IdentityKey> {
    this.#key ??= loadIdentityKey(this.#options).catch((error: unknown) => {
      this.#key = null;
      throw error;
    });
    return this.#key;
  }

  async #fetch(holding: Holding): Promise<ExchangeOutcome> {
    const outcome = await this.#exchange(holding.credential);
    if (this.#holdings.get(holding.credential.id) !== holding) return outcome;
    if (outcome.outcome === 'given') this.#take(holding, outcome);
    else this.#missed(holding, outcome);
    return outcome;
  }

  async #exchange({ definition, identity, baseUrl }: KeylessCredential): Promise<ExchangeOutcome> {
    const { providers, fetch, clock } = this.#options;
    const { provider, support } = identitySupportOf(definition, providers);
    if (!identity) return { outcome: 'rejected', message: 'It has no workload identity.' };
    try {
      const key = await this.#identityKey();
      return await exchangeAssertion({ support, providerName: provider.name, baseUrl, identity, key, fetch, clock });
    } catch (error) {
      return { outcome: 'unreachable', message: toErrorDocument(error).message };
    }
  }

  #take(holding: Holding, { token, endsAt }: ExchangeOutcome & { readonly outcome: 'given' }): void {
    const { clock, deadlines, onChange } = this.#options;
    const lifeMs = Math.max(0, endsAt - clock.monotonic());
    const nextMs = lifeMs * (renewal.after + renewal.spread * this.#chance());
    cancelAll(holding);
    holding.token = token;
    holding.failures = 0;
    holding.end = deadlines.after(lifeMs, () => this.#ended(holding));
    holding.next = deadlines.after(nextMs, () => this.#again(holding));
    if (holding.wasRefused) this.#tell(holding, { outcome: 'accepted', message: 'The provider gives tokens again.' });
    holding.wasRefused = false;
    onChange();
  }

  /** The token there is serves until its end; meanwhile another is asked for, more and more seldom. */
  #missed(holding: Holding, { outcome, message }: Exclude<ExchangeOutcome, { readonly outcome: 'given' }>): void {
    const doubled = Math.min(retry.longestMs, retry.firstMs * 2 ** holding.failures);
    const waitMs = outcome === 'rejected' ? retry.refusedMs : doubled;
    holding.failures += 1;
    holding.next?.cancel();
    holding.next = this.#options.deadlines.after(waitMs * (1 - this.#chance() / 2), () => this.#again(holding));
    if (outcome !== 'rejected' || holding.wasRefused) return;
    holding.wasRefused = true;
    this.#tell(holding, { outcome, message });
    this.#options.onChange();
  }

  #again(holding: Holding): void {
    if (this.#options.registry.credentials.find(holding.credential.id) === null) {
      cancelAll(holding);
      this.#holdings.delete(holding.credential.id);
    } else void this.obtain(holding.credential);
  }

  #ended(holding: Holding): void {
    holding.token = null;
    this.#options.onChange();
  }

  #tell({ credential }: Holding, told: { readonly outcome: 'accepted' | 'rejected'; readonly message: string }): void {
    const { registry, clock } = this.#options;
    const record = registry.credentials.find(credential.id);
    if (record === null) return;
    const checkedAt = new Date(clock.now()).toISOString();
    const { account = null, models = [] } = record.verification ?? {};
    const event = told.outcome === 'rejected' ? 'credential-token-refused' : 'credential-token-given';
    registry.transaction(() => {
      registry.credentials.update(credential.id, { verification: { ...told, checkedAt, account, models } });
      registry.audit.append(
        { event, actor: 'system', subject: credential.id, detail: { message: told.message } },
        clock.now(),
      );
    });
  }

  /** From 0 up to 1. */
  #chance(): number {
    return (this.#options.random(1)[0] ?? 0) / 256;
  }
}

function emptyHolding(credential: KeylessCredential): Holding {
  return { credential, token: null, failures: 0, wasRefused: false, underway: null, end: null, next: null };
}

function cancelAll(holding: Holding): void {
  holding.end?.cancel();
  holding.next?.cancel();
}
