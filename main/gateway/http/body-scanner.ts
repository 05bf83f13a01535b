/** What the scanner found at the top of a JSON request body. */
export interface BodyFacts {
  /** The `model` member; null when there is none. */
  readonly model: string | null;
  /** Where the model's name stands between its quotation marks, in bytes from the body's start; null when it is not there. */
  readonly modelAt: readonly [start: number, end: number] | null;
  /** True for `"stream": true`. */
  readonly stream: boolean;
  /** The output limit that was asked for, in tokens; null when there is none. */
  readonly maxOutputTokens: number | null;
  /** How many answers were asked for at once. */
  readonly choices: number;
  /** True when the answer will be made in the background and its usage told later, elsewhere. */
  readonly deferred: boolean;
  /** True when the call refers to input that the upstream keeps, such as an earlier answer: its size can't be seen here. */
  readonly storedInput: boolean;
  /** True when it asks for a dearer class of service than the one that price lists name. */
  readonly surcharged: boolean;
  /**
   * True when two readers of this body could come to different answers: not one JSON object, `model` repeated, spelled with
   * other capitals or not a string, a list of further `models` to fall back to, bytes that JSON does not know. A policy that depends on the facts must refuse it.
   */
  readonly ambiguous: boolean;
}

const quote = 0x22;
const backslash = 0x5c;
const maxCapturedBytes = 512;
const walkedBytes = 64;
const maxScalarLength = 32;
const choiceCounts = new Set(['n', 'best_of', 'candidatecount', 'candidate_count', 'num_generations']);
const outputLimits = new Set(['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'maxoutputtokens']);
/** Where a limit or a count may stand one level below the top; elsewhere, as in `metadata`, it means nothing. */
const settingsMembers = new Set(['generationconfig', 'generation_config']);
const storedInputs = new Set([
  'previous_response_id',
  'previous_interaction_id',
  'conversation',
  'cachedcontent',
  'cached_content',
]);
/** Members by which the answer is made later and fetched elsewhere. */
const deferrals = new Set(['background', 'deferred']);
/** Members and values that stand for a price above the list's. */
const surcharges: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['service_tier', new Set(['priority', 'fast'])],
  ['speed', new Set(['fast'])],
]);

/** 1 for white space, 2 for a byte of a number or of `true`, `false`, `null`. */
const scalarBytes = new Uint8Array(256);
for (const byte of Buffer.from(' \t\r\n')) {
  scalarBytes[byte] = 1;
}
for (const byte of Buffer.from('0123456789+-.eEtrufalsn')) {
  scalarBytes[byte] = 2;
}

/**
 * Finds the few members that policy and ledger need without parsing the body: it walks the structure, jumps over strings, and
 * looks at members of the outermost object and one level below. Takes any cutting into chunks; keeps no more than a name.
 */
export class BodyScanner {
  #depth = 0;
  #ended = false;
  #started = false;
  #ambiguous = false;
  #inString = false;
  #escaped = false;
  #carried: Buffer | null = null;
  #text: string | null = null;
  #scalar = '';
  readonly #keys: (string | null)[] = [null, null, null];
  #model: string | null = null;
  #modelAt: readonly [number, number] | null = null;
  #textStart = 0;
  #textEnd = 0;
  #passed = 0;
  #stream = false;
  #maxOutputTokens: number | null = null;
  #unlimited = false;
  #choices = 1;
  #deferred = false;
  #storedInput = false;
  #surcharged = false;
  readonly #onlyModel: boolean;

  /** With `onlyModel` it looks no further once it has a model's name: enough to tell of a call, too little to decide on one. */
  constructor(options: { readonly onlyModel: boolean } = { onlyModel: false }) {
    this.#onlyModel = options.onlyModel;
  }

  /** Reads the next bytes; keeps no reference to them. */
  push(chunk: Buffer): void {
    let index = 0;
    while (index < chunk.length && !(this.#onlyModel && this.#model !== null)) {
      index = this.#inString ? this.#skipString(chunk, index) : this.#step(chunk, index);
    }
    this.#passed += chunk.length;
  }

  /** The facts so far; whole once the body has ended. */
  facts(): BodyFacts {
    return {
      model: this.#model,
      modelAt: this.#modelAt,
      stream: this.#stream,
      maxOutputTokens: this.#unlimited ? null : this.#maxOutputTokens,
      choices: this.#choices,
      deferred: this.#deferred,
      storedInput: this.#storedInput,
      surcharged: this.#surcharged,
      ambiguous: this.#ambiguous || !this.#ended,
    };
  }

  #step(chunk: Buffer, index: number): number {
    const byte = chunk[index] ?? 0;
    if (byte === quote) {
      this.#inString = true;
      this.#textStart = this.#passed + index + 1;
      this.#escaped = false;
      this.#carried = null;
      this.#ambiguous ||= !this.#started || this.#ended || this.#text !== null;
      return index + 1;
    }
    switch (byte) {
      case 0x7b:
      case 0x5b:
        this.#open(byte === 0x7b);
        break;
      case 0x7d:
      case 0x5d:
        this.#ambiguous ||= this.#ended || !this.#started;
        this.#endValue();
        this.#depth -= 1;
        this.#ended = this.#depth <= 0;
        break;
      case 0x3a:
        this.#endKey();
        break;
      case 0x2c:
        this.#endValue();
        break;
      default:
        this.#scalarByte(byte);
    }
    return index + 1;
  }

  #open(isObject: boolean): void {
    this.#ambiguous ||= this.#ended || (!this.#started && !isObject);
    this.#ambiguous ||= this.#depth === 1 && this.#keys[1] === 'model';
    this.#started = true;
    this.#depth += 1;
    if (this.#depth <= 2) {
      this.#keys[this.#depth] = null;
    }
  }

  #scalarByte(byte: number): void {
    const kind = scalarBytes[byte];
    if (kind === 1) {
      return;
    }
    this.#ambiguous ||= kind !== 2 || !this.#started || this.#ended;
    if (this.#depth <= 2 && this.#scalar.length < maxScalarLength) {
      this.#scalar += String.fromCharCode(byte);
    }
  }

  /**
   * Goes on to the end of the string or of the chunk. Texts full of escapes are walked byte by byte, which is then cheaper than
   * a search per quotation mark; where none is near, the search jumps.
   */
  #skipString(chunk: Buffer, from: number): number {
    let index = this.#escaped ? from + 1 : from;
    for (;;) {
      const near = Math.min(chunk.length, index + walkedBytes);
      while (index < near) {
        const byte = chunk[index];
        if (byte === quote) {
          return this.#endString(chunk, from, index);
        }
        index += byte === backslash ? 2 : 1;
      }
      const end = index < chunk.length ? chunk.indexOf(quote, index) : -1;
      const stop = end === -1 ? chunk.length : end;
      const isEscaped = index > stop || backslashesBefore(chunk, index, stop) % 2 === 1;
      if (end === -1) {
        this.#escaped = isEscaped;
        this.#carry(chunk, from);
        return chunk.length;
      }
      if (!isEscaped) {
        return this.#endString(chunk, from, end);
      }
      index = end + 1;
    }
  }

  #endString(chunk: Buffer, from: number, end: number): number {
    this.#inString = false;
    this.#escaped = false;
    this.#text = this.#depth <= 2 ? this.#captured(chunk, from, end) : null;
    this.#textEnd = this.#passed + end;
    return end + 1;
  }

  #carry(chunk: Buffer, from: number): void {
    const earlier = this.#carried?.length ?? 0;
    if (this.#depth <= 2 && earlier <= maxCapturedBytes) {
      const piece = chunk.subarray(from, from + maxCapturedBytes + 1 - earlier);
      this.#carried = this.#carried === null ? Buffer.from(piece) : Buffer.concat([this.#carried, piece]);
    }
  }

  #captured(chunk: Buffer, from: number, end: number): string {
    if (this.#carried === null && end - from > maxCapturedBytes) {
      return '';
    }
    const bytes =
      this.#carried === null ? chunk.subarray(from, end) : Buffer.concat([this.#carried, chunk.subarray(from, end)]);
    if (bytes.length > maxCapturedBytes) {
      return '';
    }
    const text = bytes.toString('utf8');
    return text.includes('\\') ? (unescaped(text) ?? this.#doubt()) : text;
  }

  #doubt(): string {
    this.#ambiguous = true;
    return '';
  }

  #endKey(): void {
    if (this.#depth > 2) {
      return;
    }
    const name = this.#text;
    this.#text = null;
    this.#ambiguous ||= name === null || this.#keys[this.#depth] !== null;
    const lower = name?.toLowerCase() ?? '';
    this.#keys[this.#depth] = lower;
    if (this.#depth === 1 && lower === 'model') {
      this.#ambiguous ||= name !== 'model' || this.#model !== null;
    }
    this.#ambiguous ||= this.#depth === 1 && lower === 'models';
  }

  #endValue(): void {
    if (this.#depth >= 1 && this.#depth <= 2) {
      const key = this.#keys[this.#depth] ?? null;
      if (key !== null) {
        this.#member(key);
      }
      this.#keys[this.#depth] = null;
    }
    this.#text = null;
    this.#scalar = '';
  }

  #member(key: string): void {
    if (this.#depth === 1 || settingsMembers.has(this.#keys[1] ?? '')) {
      this.#limit(key);
    }
    if (this.#depth !== 1) {
      return;
    }
    this.#storedInput ||= storedInputs.has(key) && this.#scalar !== 'null';
    this.#surcharged ||= surcharges.get(key)?.has((this.#text ?? '').toLowerCase()) === true;
    if (key === 'model') {
      this.#ambiguous ||= this.#text === null || this.#text === '';
      this.#model = this.#text ?? this.#model;
      this.#modelAt = this.#text !== null ? [this.#textStart, this.#textEnd] : null;
    } else if (key === 'stream') {
      this.#stream = this.#scalar === 'true';
    } else if (deferrals.has(key)) {
      this.#deferred ||= this.#scalar !== 'false' && this.#scalar !== 'null';
    }
  }

  /** The largest of several limits counts; one that is no number above zero limits nothing. */
  #limit(key: string): void {
    if (outputLimits.has(key)) {
      const count = this.#count();
      this.#unlimited ||= count === 0;
      this.#maxOutputTokens = Math.max(this.#maxOutputTokens ?? 0, count);
    } else if (choiceCounts.has(key)) {
      this.#choices = Math.max(this.#choices, this.#count());
    }
  }

  /** Also of a number in a string, which some upstreams take for one; 0 for whatever is no count. */
  #count(): number {
    const value = Math.ceil(Number(this.#text ?? this.#scalar));
    return Number.isSafeInteger(value) && value > 0 && this.#scalar.length < maxScalarLength ? value : 0;
  }
}

/** Length of the run of backslashes that ends just before `stop`, at `from` at the earliest. */
function backslashesBefore(chunk: Buffer, from: number, stop: number): number {
  let start = stop;
  while (start > from && chunk[start - 1] === backslash) {
    start -= 1;
  }
  return stop - start;
}

function unescaped(text: string): string | null {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return null;
  }
}

/** Scans a body that is in memory as a whole. */
export function scanBody(body: Buffer): BodyFacts {
  const scanner = new BodyScanner();
  scanner.push(body);
  return scanner.facts();
}
