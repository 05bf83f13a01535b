import { type Document, isMap, isScalar, type Pair, parseAllDocuments, type YAMLMap } from 'yaml';
import type { Splice } from './splice.ts';
import { editRefused } from './text.ts';

/** Parses the one document of a YAML text. Throws `invalid_request` when there are errors or several documents. */
export function parseYaml(text: string): Document.Parsed {
  const documents = parseAllDocuments(text);
  const [document, ...others] = 'empty' in documents ? [] : documents;
  if (!document || others.length > 0 || document.errors.length > 0)
    throw editRefused('The file is not valid YAML of one document; correct it first.');
  return document as Document.Parsed;
}

/** The value of a YAML text; an empty text is an empty map. */
export function readYaml(text: string): unknown {
  return text.trim() === '' ? {} : parseYaml(text).toJS();
}

/** The pair of a map by its key's text. */
export function findPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/**
 * Sets `key` of a map to a quoted text: replaces the scalar it has, else adds a pair right after `after`, in the map's own style.
 * Throws `invalid_request` when the present value is no plain scalar.
 */
export function setText(
  text: string,
  map: YAMLMap,
  change: { readonly key: string; readonly value: string; readonly after: string },
): Splice {
  const value = JSON.stringify(change.value);
  const present = findPair(map, change.key);
  if (present) {
    const range = isScalar(present.value) ? present.value.range : undefined;
    if (!range || /[|>&*!]/.test(text[range[0]] ?? '')) throw editRefused(`${change.key} is not a simple text.`);
    const blank = range[0] === range[1] && text[range[0] - 1] === ':' ? ' ' : '';
    return { from: range[0], to: range[1], text: blank + value };
  }
  const anchor = findPair(map, change.after);
  const keyRange = isScalar(anchor?.key) ? anchor.key.range : undefined;
  const valueRange = isScalar(anchor?.value) ? anchor.value.range : undefined;
  if (!keyRange || !valueRange) throw editRefused(`${change.after} is not a simple text.`);
  if (map.flow) return { from: valueRange[1], to: valueRange[1], text: `, ${change.key}: ${value}` };
  const lineStart = text.lastIndexOf('\n', keyRange[0] - 1) + 1;
  const indent = ' '.repeat(keyRange[0] - lineStart);
  return {
    from: lineEnd(text, valueRange[1]),
    to: lineEnd(text, valueRange[1]),
    text: `${breakAt(text, valueRange[1])}${indent}${change.key}: ${value}`,
  };
}

/** The maps in a list, in order. */
export function mapsIn(value: unknown): readonly YAMLMap[] {
  const items: unknown = value !== null && typeof value === 'object' && 'items' in value ? value.items : [];
  return Array.isArray(items) ? items.filter((item): item is YAMLMap => isMap(item)) : [];
}

function lineEnd(text: string, from: number): number {
  const end = /\r?\n/.exec(text.slice(from));
  return end ? from + end.index : text.length;
}

function breakAt(text: string, from: number): string {
  return /\r?\n/.exec(text.slice(from))?.[0] ?? (text.includes('\r\n') ? '\r\n' : '\n');
}
