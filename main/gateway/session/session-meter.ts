import type { DialectId, PriceQuote } from '#shared/model/provider.ts';
import type { TokenUsage } from '#shared/model/usage.ts';
import type { CreateUsageReader } from '../dialect/usage-reader.ts';
import { parseMessage, type SessionProtocol } from './session-protocol.ts';

/** What a session's meter needs. */
export interface SessionMeterOptions {
  readonly protocol: SessionProtocol;
  readonly dialect: DialectId;
  readonly createUsageReader: CreateUsageReader;
  /** Prices one call's usage; null when the model's price is unknown. */
  readonly price: (usage: TokenUsage, model: string) => PriceQuote | null;
}

/** What a session has used and cost so far. */
export interface SessionSum {
  readonly usage: TokenUsage;
  /** Integer micro-dollars; null when a part of it can't be priced. */
  readonly costMicroUsd: number | null;
  readonly priceVersion: string | null;
  /** The model as the upstream names it; null where it has not. */
  readonly model: string | null;
  /** True when an answer was broken off whose usage was never told. */
  readonly estimated: boolean;
}

const nothing: TokenUsage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};
const deltaMark = Buffer.from('.delta"');
const modelTurnMark = Buffer.from('"modelTurn"');
const typeWithin = 256;

/**
 * Reads what the server's messages tell of usage, adds it up, and prices each call by itself, as the provider does. It holds
 * counts, never a message. An answer that was broken off before its usage came is estimated: what went in as far as it is known,
 * and a token per piece that came out.
 */
export class SessionMeter {
  readonly #options: SessionMeterOptions;
  #usage = nothing;
  #cost: number | null = 0;
  #priceVersion: string | null = null;
  #turn: TokenUsage | null = null;
  #turnModel: string | null = null;
  #model: string | null = null;
  #transcription: string | null = null;
  #pieces = 0;
  #pendingInput = 0;
  #context = 0;

  constructor(options: SessionMeterOptions) {
    this.#options = options;
  }

  /** The session's model as the caller named it. */
  requestedModel: string | null = null;

  /** The most input tokens the next call can have beyond what the model has already seen in this session. */
  get pendingInput(): number {
    return this.#context + this.#pendingInput;
  }

  /** Takes a caller's message that went on. */
  sent(bytes: Buffer): void {
    this.#pendingInput += this.#options.protocol.inputTokens(bytes);
  }

  /** Takes a server's message; true when it told usage. */
  received(bytes: Buffer): boolean {
    const { protocol, dialect, createUsageReader } = this.#options;
    if (isPiece(bytes)) {
      this.#pieces += 1;
    }
    if (!protocol.marks.some((mark) => bytes.includes(mark))) {
      return false;
    }
    const message = parseMessage(bytes);
    if (message === null) {
      return false;
    }
    const transcription = protocol.transcriptionIn(message);
    if (transcription !== undefined) {
      this.#transcription = transcription;
    }
    const reader = createUsageReader(dialect, { stream: false });
    reader.push(bytes);
    const { usage, model } = reader.finish();
    if (usage !== null) {
      const other = protocol.otherModel(message, this.#transcription);
      this.#told(usage, other === undefined ? { model, own: true } : { model: other, own: false });
    }
    if (protocol.endsTurn(message)) {
      this.#endTurn();
    }
    return usage !== null;
  }

  /** The sum so far; `final` adds an estimate of what was broken off. */
  sum(final: boolean): SessionSum {
    const parts = { usage: this.#usage, cost: this.#cost, version: this.#priceVersion };
    let sum = this.#turn === null ? parts : this.#plus(parts, this.#turn, this.#turnModel);
    const estimated = final && this.#pieces > 0 && this.#turn === null;
    if (estimated) {
      const usage = { ...nothing, inputTokens: this.pendingInput, outputTokens: this.#pieces };
      sum = this.#plus(sum, usage, this.#model);
    }
    return {
      usage: sum.usage,
      costMicroUsd: sum.cost,
      priceVersion: sum.version,
      model: this.#model,
      estimated,
    };
  }

  #told(usage: TokenUsage, of: { readonly model: string | null; readonly own: boolean }): void {
    if (this.#options.protocol.usageIsPer === 'turn') {
      this.#turn = usage;
      this.#turnModel = of.model;
      return;
    }
    this.#add(usage, of.own ? (of.model ?? this.requestedModel) : of.model);
    if (of.own) {
      this.#model = of.model ?? this.#model;
      this.#settled(usage);
    }
  }

  #endTurn(): void {
    if (this.#turn !== null) {
      this.#model = this.#turnModel ?? this.#model;
      this.#add(this.#turn, this.#turnModel ?? this.requestedModel);
      this.#settled(this.#turn);
      this.#turn = null;
    }
    this.#pieces = 0;
  }

  #settled(usage: TokenUsage): void {
    this.#pieces = 0;
    this.#pendingInput = 0;
    this.#context = usage.inputTokens + usage.outputTokens;
  }

  #add(usage: TokenUsage, model: string | null): void {
    const sum = this.#plus({ usage: this.#usage, cost: this.#cost, version: this.#priceVersion }, usage, model);
    this.#usage = sum.usage;
    this.#cost = sum.cost;
    this.#priceVersion = sum.version;
  }

  #plus(
    sum: { readonly usage: TokenUsage; readonly cost: number | null; readonly version: string | null },
    usage: TokenUsage,
    model: string | null,
  ): typeof sum {
    const named = model ?? this.requestedModel;
    const quote = named === null ? null : this.#options.price(usage, named);
    return {
      usage: addUsage(sum.usage, usage),
      cost: sum.cost === null || quote === null ? null : sum.cost + quote.costMicroUsd,
      version: quote?.priceVersion ?? sum.version,
    };
  }
}

/** A piece of an answer: a delta of OpenAI's, whose type stands first, or a part of Gemini's turn. */
function isPiece(bytes: Buffer): boolean {
  return bytes.subarray(0, typeWithin).includes(deltaMark) || bytes.includes(modelTurnMark);
}

/** Adds every count; a class of service stays only where both name the same. */
export function addUsage(one: TokenUsage, other: TokenUsage): TokenUsage {
  const sum: Record<string, number | string> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = sum[name];
    if (typeof value === 'number') {
      sum[name] = value + (typeof before === 'number' ? before : 0);
    }
  }
  if (one.serviceTier !== other.serviceTier && one.inputTokens > 0) {
    delete sum.serviceTier;
  } else if (other.serviceTier !== undefined) {
    sum.serviceTier = other.serviceTier;
  }
  return sum as unknown as TokenUsage;
}
