import type { BodyFacts } from './body-scanner.ts';

/** The boundary that a form's content type names; null when it is no form, or one that two readers may part differently. RFC 2046 section 5.1.1. */
export function boundaryOf(contentType: string | null): string | null {
  const match = formType.exec(contentType ?? '');
  return match === null ? null : (match[1] ?? match[2] ?? null);
}

const formType =
  /^multipart\/form-data;[ \t]*boundary=(?:([0-9A-Za-z'()+_,./:=?-]{1,70})|"([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])")[ \t]*$/i;
const disposition =
  /^content-disposition:[ \t]*form-data;[ \t]*name="([^"\\\r\n]{1,256})"(?:;[ \t]*filename="[^"\r\n]{0,1024}")?(?:;[ \t]*filename\*=[^;"\r\n]{1,2048})?[ \t]*$/i;
const fileName = /;[ \t]*filename/i;
/** Of a part's headers, those that change nothing about which field it is and how its bytes read. */
const plainHeader = /^content-(?:type|length):/i;
const headerEnd = Buffer.from('\r\n\r\n');
const maxHeaderBytes = 4 * 1024;
const maxValueBytes = 512;

/** Fields that are read; all others are passed over. */
const fields: ReadonlySet<string> = new Set(['model', 'stream', 'n']);

type State = 'preamble' | 'header' | 'value' | 'end';

/**
 * Finds the few fields of a form that policy and ledger need, in any cutting into chunks, and keeps no more than those. It is
 * strict where form parsers are forgiving: whatever two of them may read differently makes the form ambiguous, so that a policy
 * can refuse it. RFC 7578.
 */
export class FormScanner {
  readonly #first: Buffer;
  readonly #delimiter: Buffer;
  #state: State = 'preamble';
  #held = Buffer.alloc(0);
  #field: string | null = null;
  #value: Buffer[] = [];
  #valueBytes = 0;
  #ambiguous = false;
  readonly #found = new Map<string, string>();

  constructor(boundary: string) {
    this.#first = Buffer.from(`--${boundary}\r\n`);
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** Reads the next bytes; keeps no reference to them. */
  push(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    for (;;) {
      const next = this.#step(rest);
      if (next === null) {
        return;
      }
      rest = next;
    }
  }

  /** The facts so far; whole once the form has ended. */
  facts(): BodyFacts {
    const choices = Number(this.#found.get('n') ?? 1);
    return {
      model: this.#found.get('model') ?? null,
      modelAt: null,
      stream: this.#found.get('stream') === 'true',
      maxOutputTokens: null,
      choices: Number.isSafeInteger(choices) && choices > 0 ? choices : 1,
      deferred: false,
      storedInput: false,
      surcharged: false,
      ambiguous: this.#ambiguous || this.#state !== 'end',
    };
  }

  /** Takes one step; answers the bytes that are left for the next, or null when more must come first. */
  #step(bytes: Buffer): Buffer | null {
    switch (this.#state) {
      case 'preamble':
        return this.#begin(bytes);
      case 'header':
        return this.#readHeader(bytes);
      case 'value':
        return this.#readValue(bytes);
      case 'end':
        this.#ambiguous ||= !/^[\r\n \t]*$/.test(bytes.toString('latin1'));
        return null;
    }
  }

  #hold(bytes: Buffer): null {
    this.#held = Buffer.from(bytes);
    return null;
  }

  #giveUp(): null {
    this.#ambiguous = true;
    this.#state = 'end';
    return null;
  }

  /** Nothing may stand before the first boundary. */
  #begin(bytes: Buffer): Buffer | null {
    if (bytes.length < this.#first.length) {
      return this.#hold(bytes);
    }
    if (bytes.compare(this.#first, 0, this.#first.length, 0, this.#first.length) !== 0) {
      return this.#giveUp();
    }
    this.#state = 'header';
    return bytes.subarray(this.#first.length);
  }

  #readHeader(bytes: Buffer): Buffer | null {
    const end = bytes.indexOf(headerEnd);
    if (end === -1 || end > maxHeaderBytes) {
      return bytes.length > maxHeaderBytes ? this.#giveUp() : this.#hold(bytes);
    }
    const lines = bytes.toString('latin1', 0, end).split('\r\n');
    const named = lines.flatMap((line) => {
      const match = disposition.exec(line);
      return match === null ? [] : [{ name: match[1] ?? '', isFile: fileName.test(line) }];
    });
    const [only, second] = named;
    const strange = lines.some((line) => !disposition.test(line) && !plainHeader.test(line));
    if (only === undefined || second !== undefined || strange) {
      return this.#giveUp();
    }
    this.#enter(only.name, only.isFile);
    return bytes.subarray(end + headerEnd.length);
  }

  #enter(name: string, isFile: boolean): void {
    const lower = name.toLowerCase();
    const isRead = fields.has(lower);
    this.#ambiguous ||= isRead && (isFile || lower !== name || this.#found.has(name));
    this.#ambiguous ||= lower === '_charset_' || (lower.replace(/\[.*$/, '') === 'model' && lower !== 'model');
    this.#field = isRead ? lower : null;
    this.#value = [];
    this.#valueBytes = 0;
    this.#state = 'value';
  }

  #readValue(bytes: Buffer): Buffer | null {
    const end = bytes.indexOf(this.#delimiter);
    const after = end + this.#delimiter.length;
    if (end === -1 || bytes.length < after + 2) {
      const sure = end === -1 ? Math.max(0, bytes.length - this.#delimiter.length + 1) : end;
      this.#take(bytes.subarray(0, sure));
      return this.#hold(bytes.subarray(sure));
    }
    const mark = bytes.toString('latin1', after, after + 2);
    if (mark !== '\r\n' && mark !== '--') {
      return this.#giveUp();
    }
    this.#take(bytes.subarray(0, end));
    this.#keepField();
    this.#state = mark === '--' ? 'end' : 'header';
    return bytes.subarray(after + 2);
  }

  #take(bytes: Buffer): void {
    if (this.#field === null || bytes.length === 0) {
      return;
    }
    this.#valueBytes += bytes.length;
    if (this.#valueBytes <= maxValueBytes) {
      this.#value.push(Buffer.from(bytes));
    }
  }

  #keepField(): void {
    if (this.#field !== null) {
      this.#ambiguous ||= this.#valueBytes > maxValueBytes || (this.#field === 'model' && this.#valueBytes === 0);
      this.#found.set(this.#field, Buffer.concat(this.#value).toString('utf8'));
    }
  }
}
