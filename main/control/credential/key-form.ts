import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';

/** What a pasted key is checked against. */
export interface KeyExpectation {
  readonly provider: Provider;
  /** Every provider whose keys have a form of their own. */
  readonly others: readonly Provider[];
  /** True when the key goes to an address that the user gave, whose keys may look like anything. */
  readonly customAddress: boolean;
  /** True when there may be no key at all. */
  readonly mayBeEmpty: boolean;
}

/**
 * The key without the white space around it. Throws `key_malformed` when it clearly can't be one: empty, with white space
 * or other characters no header can carry inside, or a key of another provider. An unknown form passes: forms change.
 */
export function cleanKey(text: string, expectation: KeyExpectation): string {
  const key = text.trim();
  const { provider, others, customAddress, mayBeEmpty } = expectation;
  if (key === '') {
    if (mayBeEmpty) return key;
    throw new TollkeeperError('key_malformed', `No key was given for ${provider.name}.`);
  }
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new TollkeeperError(
      'key_malformed',
      'The key has white space or unusual characters inside. Copy it again, whole and alone.',
    );
  if (customAddress || fits(key, provider)) return key;
  const owner = others.find((other) => other.id !== provider.id && isRatherOf(other, provider, key));
  if (owner !== undefined)
    throw new TollkeeperError('key_malformed', `This looks like a key of ${owner.name}, not of ${provider.name}.`);
  return key;
}

/** Last four characters behind an ellipsis; none of a short key, of which four would be too much. */
export function fingerprintOf(key: string): string {
  return key.length >= 12 ? `…${key.slice(-4)}` : '…';
}

/** True when the key has the other's form and does not even start like the provider's own, or starts more like the other's. */
function isRatherOf(other: Provider, provider: Provider, key: string): boolean {
  if (!fits(key, other)) return false;
  const own = literalStart(provider);
  return own === '' || !key.startsWith(own) || literalStart(other).length > own.length;
}

function literalStart({ keyForm }: Provider): string {
  return /^\^([A-Za-z0-9_-]*)/.exec(keyForm?.pattern ?? '')?.[1] ?? '';
}

function fits(key: string, { keyForm }: Provider): boolean {
  return keyForm !== null && new RegExp(keyForm.pattern).test(key);
}
