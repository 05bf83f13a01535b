/** Writes the few forms of DER (ITU-T X.690) that a certificate is made of. Values are small: nothing here is longer than 64 KB. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const contextClass = 0x80;
const constructed = 0x20;

function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(tags.sequence, Buffer.concat(parts));
}

/** SET of one member, which needs no order. */
export function setOf(part: Uint8Array): Buffer {
  return element(tags.set, part);
}

/** INTEGER of these bytes, most significant first, which are never taken for a negative number. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first === -1 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  const isHigh = (shortest[0] ?? 0) >= 0x80;
  return element(tags.integer, isHigh ? Buffer.concat([Buffer.from([0]), shortest]) : shortest);
}

/** BOOLEAN TRUE; FALSE is the default wherever one stands in a certificate, and is left out. */
export function isTrue(): Buffer {
  return element(tags.boolean, Buffer.from([0xff]));
}

/** BIT STRING of whole bytes, of which the last `unused` bits do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return element(tags.bitString, Buffer.concat([Buffer.from([unused]), bytes]));
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Buffer {
  return element(tags.octetString, bytes);
}

/** OBJECT IDENTIFIER, from its numbers as text. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(tags.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return element(tags.utf8String, Buffer.from(text));
}

/** A time to the second, in milliseconds since the epoch, in the form that RFC 5280 section 4.1.2.5 asks for in its year. */
export function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '')}`;
  const isLate = new Date(at).getUTCFullYear() >= 2050;
  return element(isLate ? tags.generalizedTime : tags.utcTime, Buffer.from(isLate ? text : text.slice(2)));
}

/** `[number]` around a whole element. */
export function explicit(number: number, content: Uint8Array): Buffer {
  return element(contextClass | constructed | number, content);
}

/** `[number]` in the place of an element's own tag; `isConstructed` for a SEQUENCE. */
export function implicit(number: number, content: Uint8Array, isConstructed = false): Buffer {
  return element(contextClass | (isConstructed ? constructed : 0) | number, content);
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
    digits.unshift((left % 128) + 128);
  }
  return digits;
}
