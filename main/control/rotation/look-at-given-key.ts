import type { CredentialRecord } from '#main/store/registry/registry.ts';
import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { GivenKeyComparison } from '#shared/model/rotation.ts';
import { cleanKey } from '../credential/key-form.ts';
import type { Connection } from './connector-desk.ts';

/** A key that a person gave, and what it is looked at with. */
export interface GivenKey {
  readonly text: string;
  readonly credential: CredentialRecord;
  readonly rotation: RotationRecord;
  readonly connection: Connection;
  readonly providers: Readonly<Record<string, Provider>>;
  /** Reads the old key. Rejects as the vault does. */
  readonly oldSecret: () => Promise<string>;
}

/** What was found out about a key that may take the old one's place. */
export interface FoundKey {
  readonly secret: string;
  /** The provider's id of it; null where its API does not tell. */
  readonly keyId: string | null;
  readonly comparison: GivenKeyComparison;
  /** Null where the provider does not tell. */
  readonly account: string | null;
}

/**
 * Looks at a key before anything is kept of it. Rejects with `key_malformed`, with `key_unchanged` for the old key, with `key_rejected`
 * or `upstream_unreachable` when it does not work, and with `key_of_other_account` where the provider tells of both whose they are.
 */
export async function lookAtGivenKey(given: GivenKey): Promise<FoundKey> {
  const { text, credential, connection, providers } = given;
  const { provider, connector, tryKey } = connection;
  const customAddress = credential.baseUrl !== provider.baseUrl;
  const secret = cleanKey(text, { provider, others: Object.values(providers), customAddress, mayBeEmpty: false });
  const oldSecret = await given.oldSecret();
  if (secret === oldSecret) throw new TollkeeperError('key_unchanged');
  const { outcome, message, account } = await tryKey(secret);
  if (outcome === 'rejected')
    throw new TollkeeperError(
      'key_rejected',
      `${message} Check that it was copied whole. If it was made just now, wait some seconds and give it again.`,
    );
  if (outcome !== 'accepted') throw new TollkeeperError('upstream_unreachable', `${message} Nothing was changed.`);
  const oldAccount =
    account === null ? null : (given.rotation.oldVerification?.account ?? (await tryKey(oldSecret)).account);
  if (account !== null && oldAccount !== null && account !== oldAccount)
    throw new TollkeeperError(
      'key_of_other_account',
      `The new key belongs to ${account}, the old one to ${oldAccount}. To use both, add the new one beside the old one.`,
    );
  const comparison = account !== null && oldAccount !== null ? 'same-account' : 'not-told';
  const keyId = await connector.identify(secret).then(
    (key) => key?.id ?? null,
    () => null,
  );
  return { secret, keyId, comparison, account };
}

/** The same for a person, one sentence. */
export function describeComparison({ comparison, account }: FoundKey, { name }: Pick<Provider, 'name'>): string {
  return comparison === 'same-account'
    ? `It belongs to the same account (${account ?? ''}).`
    : `${name} does not tell whose key it is, so the account was not compared.`;
}
