import type { TokenUsage } from '#shared/model/usage.ts';

/** Values found in a document, by dotted path. */
export type Fields = ReadonlyMap<string, unknown>;

/** What an answer has told about itself so far. */
export interface UsageReading {
  /** Null until the upstream has told any. */
  readonly usage: TokenUsage | null;
  /** The model as the upstream names it, or null. */
  readonly model: string | null;
}

/** A property by which the one interesting event of a stream is found without parsing the others. */
export interface Mark {
  /** The property's name or value without its quotes; never a part of ordinary text, because quotes in text are escaped. */
  readonly text: string;
  /** True when only an occurrence followed by an object counts, so that `"usage": null` does not. */
  readonly opensObject: boolean;
  /** Which event wins when several carry the mark. */
  readonly keep: 'first' | 'last';
}

/** Where one wire format tells usage and model. */
export interface DialectFormat {
  readonly marks: readonly Mark[];
  /** Dotted paths that `read` looks at; nothing else of an answer is ever kept. */
  readonly paths: readonly string[];
  /** True when a stream tells usage in its closing event and nowhere before. */
  readonly usageEndsStream: boolean;
  /** Reads the found fields; `parts` are in the order of `marks`, absent ones left out. */
  read(parts: readonly Fields[]): UsageReading;
}

/** Object with unknown properties. */
export type UnknownRecord = Readonly<Record<string, unknown>>;

const noRecord: UnknownRecord = Object.freeze({});

/** The value as an object, or an empty one. */
export function asRecord(value: unknown): UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as UnknownRecord) : noRecord;
}

/** The value as a token count: a finite number, rounded, not negative; 0 for anything else. */
export function asCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
    ? Math.min(Math.round(value), Number.MAX_SAFE_INTEGER)
    : 0;
}

/** The first of the values that is a number, as a count. */
export function firstCount(...values: readonly unknown[]): number {
  return asCount(values.find((value) => typeof value === 'number'));
}

/** The last object at one of the paths, later parts winning; null when there is none. */
export function lastObject(parts: readonly Fields[], paths: readonly string[]): UnknownRecord | null {
  for (const part of parts.toReversed()) {
    for (const path of paths) {
      const value = part.get(path);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return value as UnknownRecord;
      }
    }
  }
  return null;
}

/** The first non-empty string at one of the paths; null when there is none. */
export function firstString(parts: readonly Fields[], paths: readonly string[]): string | null {
  for (const part of parts) {
    for (const path of paths) {
      const value = part.get(path);
      if (typeof value === 'string' && value !== '') {
        return value;
      }
    }
  }
  return null;
}

/** The last non-empty string at one of the paths; null when there is none. */
export function lastString(parts: readonly Fields[], paths: readonly string[]): string | null {
  return firstString(parts.toReversed(), paths);
}

/** Looks the paths up in a parsed document. An array at its root means its last element that has the path. */
export function pickFields(document: unknown, paths: readonly string[]): Fields {
  const found = new Map<string, unknown>();
  for (const root of Array.isArray(document) ? document : [document]) {
    for (const path of paths) {
      const value = valueAt(root, path);
      if (value !== undefined) {
        found.set(path, value);
      }
    }
  }
  return found;
}

/** The keys of each path, which are a few literals of the dialects. */
const keysOfPaths = new Map<string, readonly string[]>();

function valueAt(root: unknown, path: string): unknown {
  let keys = keysOfPaths.get(path);
  if (keys === undefined) {
    keys = path.split('.');
    keysOfPaths.set(path, keys);
  }
  let value = root;
  for (const key of keys) {
    value = asRecord(value)[key];
  }
  return value;
}
