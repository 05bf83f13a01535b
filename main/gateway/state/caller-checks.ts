import type { Socket } from 'node:net';
import type { GatewayMessage } from '#shared/contract/port.ts';
import type { CallerVerdict } from '#shared/model/binding.ts';

type CallerQuestion = Extract<GatewayMessage, { type: 'check-caller' }>;

/** Longest wait for control's answer, in milliseconds: some systems take a second or two to tell. */
const answerWithinMs = 10_000;

/**
 * Who is at the other end of a connection, as far as a bound grant needs to know. Control is asked when such a grant's token first
 * comes over a connection; its answer holds for as long as that connection.
 */
export class CallerChecks {
  readonly #ask: (question: CallerQuestion) => void;
  readonly #verdicts = new WeakMap<Socket, Map<string, CallerVerdict>>();
  readonly #waiting = new Map<number, (verdict: CallerVerdict | null) => void>();
  #lastQuestion = 0;

  constructor(ask: (question: CallerQuestion) => void) {
    this.#ask = ask;
  }

  /** What was found out about this connection before; undefined asks for {@link check}. */
  recall(socket: Socket, grantId: string): CallerVerdict | undefined {
    return this.#verdicts.get(socket)?.get(grantId);
  }

  /** Asks control; null when it does not answer in time. What could not be told is asked again the next time. */
  async check(socket: Socket, grantId: string): Promise<CallerVerdict | null> {
    const { remoteAddress, remotePort, localPort } = socket;
    // A unix socket has no ports, and the system has no list of who holds its other end.
    if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) return 'unknown';
    this.#lastQuestion += 1;
    const questionId = this.#lastQuestion;
    const connection = { callerAddress: remoteAddress, callerPort: remotePort, localPort };
    const answer = this.#answerTo(questionId);
    this.#ask({ type: 'check-caller', questionId, grantId, connection });
    const verdict = await answer;
    if (verdict !== null && verdict !== 'unknown') this.#remember(socket, grantId, verdict);
    return verdict;
  }

  /** Control has answered. */
  answered(questionId: number, verdict: CallerVerdict): void {
    this.#waiting.get(questionId)?.(verdict);
  }

  #answerTo(questionId: number): Promise<CallerVerdict | null> {
    return new Promise((resolve) => {
      const settle = (verdict: CallerVerdict | null): void => {
        clearTimeout(deadline);
        this.#waiting.delete(questionId);
        resolve(verdict);
      };
      const deadline = setTimeout(() => settle(null), answerWithinMs);
      deadline.unref();
      this.#waiting.set(questionId, settle);
    });
  }

  #remember(socket: Socket, grantId: string, verdict: CallerVerdict): void {
    const known = this.#verdicts.get(socket) ?? new Map<string, CallerVerdict>();
    known.set(grantId, verdict);
    this.#verdicts.set(socket, known);
  }
}
