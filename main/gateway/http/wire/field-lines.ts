import type { FieldMemory } from './field-memory.ts';

/** Field names that need no second look, because each was found to be a token before. Callers and upstreams use few. */
const knownNames = new Set<string>();
const mostKnownNames = 512;
/** Names up to this many characters are worth remembering. */
export const longestKnownName = 64;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/;
const space = 0x20;
const tab = 0x09;

/**
 * Reads the field lines of a header block: name and value in turn, as sent, values without the white space around them. `block` is
 * latin1 text whose lines end in CRLF; `from` is where its first field line begins. Null for whatever RFC 9112 section 5 does
 * not allow: a folded line, white space before the colon, a name that is no token, a control character, a lone CR or LF. Lines that
 * `memory` knows are not looked at again.
 */
export function readFieldLines(block: string, from: number, memory: FieldMemory | null = null): string[] | null {
  const fields: string[] = [];
  let at = from;
  while (at < block.length) {
    const known = memory === null ? null : memory.recall(block, at, fields.length / 2);
    if (known !== null) {
      fields.push(known.name, known.value);
      at += known.text.length + 2;
      continue;
    }
    const found = block.indexOf('\r\n', at);
    const end = found === -1 ? block.length : found;
    const colon = block.indexOf(':', at);
    if (colon === -1 || colon >= end) {
      return null;
    }
    const name = block.slice(at, colon);
    const value = trimmed(block, colon + 1, end);
    if (!isFieldName(name) || forbiddenInValue.test(value)) {
      return null;
    }
    memory?.keep(fields.length / 2, { text: block.slice(at, end), name, value });
    fields.push(name, value);
    at = end + 2;
  }
  return fields;
}

/** Is it a token as RFC 9110 section 5.6.2 has it? */
export function isFieldName(name: string): boolean {
  if (knownNames.has(name)) {
    return true;
  }
  if (!token.test(name)) {
    return false;
  }
  if (knownNames.size < mostKnownNames && name.length <= longestKnownName) {
    knownNames.add(detached(name));
  }
  return true;
}

/** Holds nothing but control-free text: what a field's value may hold. RFC 9110 section 5.5. */
export function isFieldValue(value: string): boolean {
  return !forbiddenInValue.test(value);
}

function trimmed(block: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(block.charCodeAt(start))) {
    start += 1;
  }
  while (end > start && isBlank(block.charCodeAt(end - 1))) {
    end -= 1;
  }
  return block.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

/** The same text without the header block that it was cut from, which a slice would keep in memory. */
export function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
