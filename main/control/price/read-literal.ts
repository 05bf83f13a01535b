import { TollkeeperError } from '#shared/model/error.ts';

/** A value that a literal can hold. */
export type LiteralValue = string | number | boolean | null | readonly LiteralValue[] | LiteralRecord;
/** An object literal's value; it has no prototype, so no key means anything special. */
export interface LiteralRecord {
  readonly [key: string]: LiteralValue;
}

const maxDepth = 24;
const space = /[\s]*/y;
const number = /-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
const name = /[A-Za-z_$][\w$]*/y;
const words: ReadonlyMap<string, LiteralValue> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
  ['\n', ''],
]);

/**
 * Reads one literal of JavaScript, as a bundler writes data: objects, arrays, strings, templates without insertions, numbers,
 * booleans (`!0` and `!1` too) and null. It reads; nothing is run. Throws `invalid_request` for anything else, so that a name, a call
 * or an operator in the data ends the reading.
 */
export function readLiteral(source: string, start: number): LiteralValue {
  return new LiteralReader(source, start).value(0);
}

class LiteralReader {
  readonly #source: string;
  #at: number;

  constructor(source: string, start: number) {
    this.#source = source;
    this.#at = start;
  }

  value(depth: number): LiteralValue {
    if (depth > maxDepth) {
      throw this.#unreadable('nested too deep');
    }
    this.#match(space);
    const char = this.#source[this.#at] ?? '';
    switch (char) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
      case "'":
      case '`':
        return this.#string(char);
      case '!':
        return this.#negation();
      default:
        return this.#scalar();
    }
  }

  #object(depth: number): LiteralRecord {
    const record: Record<string, LiteralValue> = Object.create(null);
    this.#at += 1;
    while (!this.#takes('}')) {
      const key = this.#key();
      if (!this.#takes(':')) {
        throw this.#unreadable('expected a colon');
      }
      record[key] = this.value(depth + 1);
      if (!this.#takes(',') && this.#peek() !== '}') {
        throw this.#unreadable('expected a comma');
      }
    }
    return record;
  }

  #array(depth: number): readonly LiteralValue[] {
    const values: LiteralValue[] = [];
    this.#at += 1;
    while (!this.#takes(']')) {
      values.push(this.value(depth + 1));
      if (!this.#takes(',') && this.#peek() !== ']') {
        throw this.#unreadable('expected a comma');
      }
    }
    return values;
  }

  #key(): string {
    const char = this.#peek();
    if (char === '"' || char === "'") {
      return this.#string(char);
    }
    const key = this.#match(name) ?? this.#match(number);
    if (key === null) {
      throw this.#unreadable('expected a key');
    }
    return key;
  }

  #string(end: string): string {
    let text = '';
    this.#at += 1;
    for (;;) {
      const char = this.#source[this.#at];
      this.#at += 1;
      if (char === end) {
        return text;
      }
      if (
        char === undefined ||
        (char === '\n' && end !== '`') ||
        (char === '$' && this.#source[this.#at] === '{' && end === '`')
      ) {
        throw this.#unreadable('expected the end of a text');
      }
      text += char === '\\' ? this.#escape() : char;
    }
  }

  #escape(): string {
    const char = this.#source[this.#at] ?? '';
    this.#at += 1;
    if (char !== 'u' && char !== 'x') {
      return escapes.get(char) ?? char;
    }
    const digits = this.#source.slice(this.#at, this.#at + (char === 'u' ? 4 : 2));
    if (!/^(?:[\da-f]{2}){1,2}$/i.test(digits)) {
      throw this.#unreadable('expected hexadecimal digits');
    }
    this.#at += digits.length;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #negation(): boolean {
    this.#at += 1;
    const digit = this.#match(number);
    if (digit !== '0' && digit !== '1') {
      throw this.#unreadable('expected !0 or !1');
    }
    return digit === '0';
  }

  #scalar(): LiteralValue {
    const digits = this.#match(number);
    if (digits !== null) {
      return Number(digits);
    }
    const value = words.get(this.#match(name) ?? '');
    if (value === undefined) {
      throw this.#unreadable('expected a value');
    }
    return value;
  }

  #peek(): string {
    this.#match(space);
    return this.#source[this.#at] ?? '';
  }

  #takes(char: string): boolean {
    const takes = this.#peek() === char;
    this.#at += takes ? 1 : 0;
    return takes;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match === null || match[0] === '') {
      return null;
    }
    this.#at += match[0].length;
    return match[0];
  }

  #unreadable(reason: string): TollkeeperError {
    return new TollkeeperError('invalid_request', `The catalogue can’t be read at character ${this.#at}: ${reason}.`);
  }
}
