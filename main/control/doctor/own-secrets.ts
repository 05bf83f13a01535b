import { databaseKeyItem, nextDatabaseKeyItem } from '#main/store/database-key.ts';
import type { Vault } from '#shared/model/vault.ts';
import type { CredentialService } from '../credential/credential-service.ts';
import { tlsItems } from '../tls/certificate-shelf.ts';
import { signingKeysItem } from '../token/signing-key-item.ts';
import type { SoughtSecret } from './search-secrets.ts';

/** Members of a vault item's document that are secret; the others may be known to anybody. */
const secretMembers = new Set(['d', 'privateKey']);
const itemNames = [databaseKeyItem, nextDatabaseKeyItem, signingKeysItem, ...Object.values(tlsItems)];

/** Every secret that Tollkeeper holds now, with what to call it when it is found somewhere. */
export async function ownSecrets(
  vault: Pick<Vault, 'read'>,
  credentials: Pick<CredentialService, 'secrets'>,
): Promise<readonly SoughtSecret[]> {
  const keys = (await credentials.secrets()).map(({ credentialId, secret }) => ({
    name: `the provider key ${credentialId}`,
    secret,
  }));
  const items = await Promise.all(itemNames.map((item) => secretsOfItem(vault, item)));
  return [...keys, ...items.flat()];
}

async function secretsOfItem(vault: Pick<Vault, 'read'>, item: string): Promise<readonly SoughtSecret[]> {
  const found = await vault.read(item);
  if (found.state !== 'present') return [];
  return leavesOf(found.secret).map((secret) => ({ name: `the vault item ${item}`, secret }));
}

/** The item itself, or where it is a document, its secret members. */
function leavesOf(text: string): readonly string[] {
  const document = parsed(text);
  return document === null ? [text] : secretsIn(document);
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function secretsIn(value: object): readonly string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (typeof member === 'object' && member !== null) return secretsIn(member);
    return typeof member === 'string' && secretMembers.has(name) ? [coreOf(member)] : [];
  });
}

/** Of a PEM text its longest line, which stands in every copy of it. */
function coreOf(secret: string): string {
  const lines = secret.split('\n').filter((line) => !line.startsWith('-----'));
  return lines.reduce((longest, line) => (line.length > longest.length ? line : longest), '');
}
