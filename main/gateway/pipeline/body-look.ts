import { type BodyFacts, BodyScanner } from '../http/body-scanner.ts';

/** What is known of a request's body. */
export interface BodyLook {
  /** The model that it names, as far as has been seen; null when it names none. Enough to tell of a call, too little to decide on one. */
  readonly model: string | null;
  /** All that a policy may depend on, as far as has been seen. */
  facts(): BodyFacts;
}

/** What finds the facts of a body as it passes. */
export interface Scanner {
  push(chunk: Buffer): void;
  facts(): BodyFacts;
}

const none: BodyFacts = {
  model: null,
  modelAt: null,
  stream: false,
  maxOutputTokens: null,
  choices: 1,
  deferred: false,
  storedInput: false,
  surcharged: false,
  ambiguous: false,
};

/** There is no body, or none that can be looked into. */
export const unseenBody: BodyLook = { model: null, facts: () => none };

/** Looks at a body that passes piece by piece. */
export class PassingBody implements BodyLook {
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  get model(): string | null {
    return this.facts().model;
  }

  facts(): BodyFacts {
    return this.#scanner.facts();
  }
}

/** One of these is in whatever names the model once more: in small letters, as a name, in capitals, or by escapes. */
const furtherNames = ['odel"', 'ODEL"', '\\u00'].map((text) => Buffer.from(text));

/**
 * Looks at a JSON body that is in memory: at its model's name, which mostly comes first, and at all of it only when something asks, or
 * when another name may follow, which upstreams take then. Otherwise a caller could have its calls told by a name that they don't go by.
 */
export class HeldBody implements BodyLook {
  readonly #bytes: Buffer;
  #model: string | null | undefined;
  #facts: BodyFacts | null = null;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get model(): string | null {
    if (this.#facts !== null) {
      return this.#facts.model;
    }
    if (this.#model === undefined) {
      const scanner = new BodyScanner({ onlyModel: true });
      scanner.push(this.#bytes);
      const { model, modelAt } = scanner.facts();
      const end = modelAt?.[1] ?? this.#bytes.length;
      const isNamedAgain = furtherNames.some((text) => this.#bytes.indexOf(text, end) !== -1);
      this.#model = isNamedAgain ? this.facts().model : model;
    }
    return this.#model;
  }

  facts(): BodyFacts {
    if (this.#facts === null) {
      const scanner = new BodyScanner();
      scanner.push(this.#bytes);
      this.#facts = scanner.facts();
    }
    return this.#facts;
  }
}
