import { TollkeeperError } from '#shared/model/error.ts';
import { scanBody } from '../http/body-scanner.ts';
import type { CallLimits } from '../pipeline/call-limits.ts';
import { type Exchange, present } from '../pipeline/exchange.ts';
import type { Prices } from '../pipeline/prices.ts';
import type { SessionMeter } from './session-meter.ts';
import { parseMessage, type SessionProtocol } from './session-protocol.ts';

/** What the gate needs. */
export interface SessionGateOptions {
  readonly exchange: Exchange;
  readonly protocol: SessionProtocol;
  readonly meter: SessionMeter;
  readonly prices: Prices;
  readonly limits: CallLimits;
  /** Told when more has been set aside, before what it is for goes on. */
  readonly onHeld: () => void;
}

/** What happens to a caller's message: it passes, it alone is refused, or the session ends. */
export type Verdict = { readonly kind: 'pass' } | { readonly kind: 'refuse' | 'end'; readonly error: TollkeeperError };

const pass: Verdict = { kind: 'pass' };
const callMark = Buffer.from('response.create');
const mostInputTokens = 1_000_000;
/** Input that may still come is set aside in steps, so that not every piece of sound sets something aside. */
const inputStepTokens = 2_000;

/** Holds a session to its grant while it runs: the models it may name, the uses and the budget that each call needs. */
export class SessionGate {
  readonly #options: SessionGateOptions;
  #calls = 0;

  constructor(options: SessionGateOptions) {
    this.#options = options;
  }

  get #isBudgeted(): boolean {
    const { exchange, limits } = this.#options;
    const { provider } = present(exchange.upstream);
    const limited = present(exchange.grant).hasBudget || limits.needCost(exchange, [present(exchange.candidate)]);
    return limited && !provider.local;
  }

  /** Decides over a caller's message before it goes on. */
  decide(bytes: Buffer): Verdict {
    const { exchange, protocol } = this.#options;
    const grant = present(exchange.grant);
    const { capability, model: where } = present(exchange.endpoint);
    const needsModel = grant.scopes.needsModel(present(exchange.upstream).id, capability);
    const isBudgeted = this.#isBudgeted;
    const byMessage = protocol.calls === 'by-message';
    const isNamed = where !== 'message' || exchange.model !== null;
    if (!needsModel && !isBudgeted && !byMessage && isNamed) {
      return pass;
    }
    const message = parseMessage(bytes);
    if (message === null) {
      return needsModel || isBudgeted ? refused('Each message must be one JSON object.') : pass;
    }
    for (const model of protocol.modelsIn(message)) {
      if (needsModel && !grant.scopes.allows(present(exchange.upstream).id, capability, model)) {
        return { kind: where === 'message' && !byMessage ? 'end' : 'refuse', error: scopeError(exchange, model) };
      }
      if (where === 'message') {
        this.#name(model);
      }
    }
    if (byMessage) {
      const isCall = message.type === 'response.create' || bytes.includes(callMark);
      return isCall ? this.#decideCall(bytes, { needsModel, isBudgeted }) : pass;
    }
    return isBudgeted ? this.#decideAhead() : pass;
  }

  /** Decides whether the session may go on, after usage was told. */
  goOn(): Verdict {
    const { meter, protocol } = this.#options;
    if (!this.#isBudgeted) {
      return pass;
    }
    const { costMicroUsd } = meter.sum(false);
    if (costMicroUsd === null) {
      return { kind: 'end', error: new TollkeeperError('price_unknown') };
    }
    return protocol.calls === 'by-message' ? this.#hold(costMicroUsd, 'end') : this.#decideAhead();
  }

  #name(model: string): void {
    const { exchange, meter } = this.#options;
    exchange.model = model;
    meter.requestedModel = model;
  }

  /** One call of a session whose calls are messages: it is priced as the same call over HTTP is. */
  #decideCall(bytes: Buffer, policy: { readonly needsModel: boolean; readonly isBudgeted: boolean }): Verdict {
    const { exchange, meter, protocol } = this.#options;
    const facts = scanBody(bytes);
    if ((policy.needsModel || policy.isBudgeted) && (facts.ambiguous || facts.model === null)) {
      return refused('The message must name its model once, because this token is limited by model or budget.');
    }
    if (policy.isBudgeted) {
      if (facts.deferred || facts.surcharged) {
        return { kind: 'refuse', error: new TollkeeperError('price_unknown') };
      }
      const ceiling = this.#ceiling({
        inputTokens: facts.storedInput ? mostInputTokens : protocol.inputTokens(bytes),
        maxOutputTokens: (facts.maxOutputTokens ?? protocol.mostOutputTokens) * facts.choices,
      });
      const { costMicroUsd } = meter.sum(false);
      if (ceiling === null || costMicroUsd === null) {
        return { kind: 'refuse', error: new TollkeeperError('price_unknown') };
      }
      const held = this.#hold(costMicroUsd + ceiling, 'refuse');
      if (held.kind !== 'pass') {
        return held;
      }
    }
    if (this.#calls > 0 && !present(exchange.grant).takeUse()) {
      return { kind: 'refuse', error: new TollkeeperError('token_already_used') };
    }
    this.#calls += 1;
    return pass;
  }

  /** The upstream may answer at any moment: what the next answer can cost is set aside before it begins. */
  #decideAhead(): Verdict {
    const { meter, protocol, exchange } = this.#options;
    if (exchange.model === null) {
      return pass;
    }
    const inputTokens = Math.ceil((meter.pendingInput + 1) / inputStepTokens) * inputStepTokens;
    const ceiling = this.#ceiling({ inputTokens, maxOutputTokens: protocol.mostOutputTokens });
    const { costMicroUsd } = meter.sum(false);
    return ceiling === null || costMicroUsd === null
      ? { kind: 'end', error: new TollkeeperError('price_unknown') }
      : this.#hold(costMicroUsd + ceiling, 'end');
  }

  #ceiling(most: { readonly inputTokens: number; readonly maxOutputTokens: number }): number | null {
    const { exchange, prices } = this.#options;
    const { id, provider } = present(exchange.upstream);
    const { model } = exchange;
    return model === null || provider.priceId === null
      ? null
      : prices.priceCeiling({
          ...{ priceId: provider.priceId, provider: id, billing: provider.billing, model },
          ...{ ...most, inputTokens: Math.min(most.inputTokens, mostInputTokens), at: exchange.startedAt },
        });
  }

  /** Has so much set aside in all; what can't be is given back at once. */
  #hold(amount: number, otherwise: 'refuse' | 'end'): Verdict {
    const { exchange, limits } = this.#options;
    const grant = present(exchange.grant);
    const missing = amount - exchange.reserved;
    if (missing <= 0) {
      return pass;
    }
    if (!grant.reserve(missing)) {
      return { kind: otherwise, error: new TollkeeperError('budget_exceeded') };
    }
    exchange.reserved += missing;
    const error = limits.extend(exchange, amount);
    if (error === null) {
      this.#options.onHeld();
      return pass;
    }
    grant.settle(missing, 0);
    exchange.reserved -= missing;
    return { kind: otherwise, error };
  }
}

function refused(message: string): Verdict {
  return { kind: 'refuse', error: new TollkeeperError('invalid_request', message) };
}

function scopeError(exchange: Exchange, model: string): TollkeeperError {
  const scope = `${present(exchange.upstream).id}:${present(exchange.endpoint).capability}:${model}`;
  return new TollkeeperError('insufficient_scope', undefined, { details: { scope } });
}
