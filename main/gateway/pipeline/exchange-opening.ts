import type { OpenedRequest } from '#shared/contract/facts.ts';
import type { Opening } from '../facts-queue.ts';
import type { Seat } from '../state/roster.ts';
import { type Exchange, present } from './exchange.ts';
import { costOfAll } from './settle-attempt.ts';

/** An exchange that goes upstream, as the queue of facts knows it; what it tells is read when it is asked for. */
export class ExchangeOpening implements Opening {
  seat: Seat<Opening> | null = null;
  readonly #exchange: Exchange;
  readonly #send: (exchange: Exchange) => void;

  constructor(exchange: Exchange, send: (exchange: Exchange) => void) {
    this.#exchange = exchange;
    this.#send = send;
  }

  proceed(): void {
    this.#send(this.#exchange);
  }

  get isCounted(): boolean {
    const { grant, hold } = this.#exchange;
    const { hasBudget, countsUses } = present(grant);
    return hasBudget || countsUses || hold !== null;
  }

  describe(): OpenedRequest {
    const exchange = this.#exchange;
    const { tool, grantId } = present(exchange.grant);
    const { answer, endpoint } = exchange;
    return {
      requestId: exchange.id,
      startedAt: exchange.startedAtText,
      tool,
      provider: present(exchange.upstream).id,
      model: exchange.model,
      grantId,
      credentialId: present(exchange.upstream).credentialId,
      tokenId: exchange.tokenId,
      endpoint: `${exchange.method} ${present(exchange.target).path}`,
      stream: answer.started ? answer.stream : endpoint?.session !== undefined || exchange.facts().stream,
      outputTokens: 0,
      costMicroUsd: null,
      reservedMicroUsd: costOfAll(exchange, exchange.reserved) ?? exchange.reserved,
    };
  }
}
