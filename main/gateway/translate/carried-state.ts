import type { SharedV3ProviderMetadata } from '@ai-sdk/provider';
import type { DialectId } from '#shared/model/provider.ts';

/** What a provider wants back with the next turn: signatures and encrypted thoughts. */
export interface CarriedState {
  /** Only the protocol that made it can read it. */
  readonly dialect: DialectId;
  readonly metadata: SharedV3ProviderMetadata;
}

const mark = 'tk1.';
const idMark = '__tk1_';
const longestState = 1024 * 1024;

/**
 * Writes a provider's opaque state as one word of base64url, so that a caller's protocol can carry it where it carries its own
 * signatures; the caller hands it back unread.
 */
export function writeState(state: CarriedState): string {
  return mark + Buffer.from(JSON.stringify([state.dialect, state.metadata])).toString('base64url');
}

/** Reads what {@link writeState} wrote; null for anything else, such as another provider's own signature. */
export function readState(text: string | null | undefined): CarriedState | null {
  if (typeof text !== 'string' || !text.startsWith(mark) || text.length > longestState) {
    return null;
  }
  try {
    const [dialect, metadata] = JSON.parse(Buffer.from(text.slice(mark.length), 'base64url').toString('utf8'));
    return typeof dialect === 'string' && typeof metadata === 'object' && metadata !== null
      ? { dialect: dialect as DialectId, metadata }
      : null;
  } catch {
    return null;
  }
}

/**
 * A tool call's id that carries the signature Gemini wants back with the call: no other protocol has a place for it. The id of a
 * call without one stays as it is.
 */
export function writeCallId(id: string, metadata: SharedV3ProviderMetadata | undefined): string {
  for (const options of Object.values(metadata ?? {})) {
    if (typeof options.thoughtSignature === 'string') {
      return `${id}${idMark}${Buffer.from(options.thoughtSignature).toString('base64url')}`;
    }
  }
  return id;
}

/** The parts of an id that {@link writeCallId} wrote: the provider's own id, and the signature or null. */
export function readCallId(text: string): { readonly id: string; readonly signature: string | null } {
  const end = text.indexOf(idMark);
  if (end === -1) {
    return { id: text, signature: null };
  }
  return {
    id: text.slice(0, end),
    signature: Buffer.from(text.slice(end + idMark.length), 'base64url').toString('utf8'),
  };
}
