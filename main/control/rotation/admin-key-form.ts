import { TollkeeperError } from '#shared/model/error.ts';
import type { AdminKeyKind } from '#shared/model/rotation.ts';
import { fingerprintOf } from '../credential/key-form.ts';

/** An admin key as it is stored, and what may be shown of it. */
export interface AdminKeyText {
  readonly secret: string;
  readonly fingerprint: string;
}

/**
 * Makes one line of what a person gave. Of a JSON file only the properties stay that are needed, since keychains take little text;
 * the first of them identifies the key. Throws `key_malformed`, and says nothing of the text.
 */
export function readAdminKey(text: string, kind: AdminKeyKind | null | undefined): AdminKeyText {
  const key = text.trim();
  if (kind?.properties !== undefined) return readJsonKey(key, kind.name, kind.properties);
  if (/^[\x21-\x7e]{8,}$/.test(key)) return { secret: key, fingerprint: fingerprintOf(key) };
  throw new TollkeeperError('key_malformed', 'This does not look like an admin key. Copy it again, whole and alone.');
}

function readJsonKey(text: string, name: string, properties: readonly string[]): AdminKeyText {
  const found = objectIn(text);
  const kept = properties.map((property): readonly [string, unknown] => [property, found[property]]);
  const isWhole = kept.every(([, value]) => typeof value === 'string' && value !== '');
  if (!isWhole) throw new TollkeeperError('key_malformed', `This is not ${name}. Give the whole file: … < key.json`);
  return { secret: JSON.stringify(Object.fromEntries(kept)), fingerprint: fingerprintOf(String(kept[0]?.[1])) };
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
