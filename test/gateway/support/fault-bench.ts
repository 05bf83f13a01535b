import { expect } from 'vitest';
import type { UsageRecord } from '#shared/model/usage.ts';
import { callRaw, requestText } from './raw-caller.ts';
import { type RawAnswer, type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startTestGateway, type TestGateway } from './test-gateway.ts';

/** The body of the calls, a stream that may cost at most {@link ceiling}. */
export const body =
  '{"model":"gpt-4o-mini","stream":true,"max_tokens":1000,"messages":[{"role":"user","content":"Hello there."}]}';
/** The most such a call can cost, in micro-dollars. */
export const ceiling = 606;
/** What {@link served} costs, in micro-dollars. */
export const cost = 8;

const event = 'data: {"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n';
const usage = 'data: {"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":10}}\n\n';
/** The head of a stream in chunks. */
export const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
/** One event as a chunk. */
export const eventChunk = chunkOf(event);

/** Text as one chunk of a chunked body. */
export function chunkOf(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** Answers as an upstream that is well. */
export const served: RawAnswer = (socket) => socket.write(`${streamHead}${eventChunk}${chunkOf(usage)}0\r\n\r\n`);

/** A gateway before an upstream that does what it likes; its waits are short. */
export interface FaultBench {
  readonly gateway: TestGateway;
  readonly upstream: RawUpstream;
  /** A tool that may have one stream at once, and whose budget holds one more call besides what the fault costs. */
  tool(faultCost: number): Promise<FaultTool>;
  /** Resolves when as few sockets are open as when nothing had been called. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** A tool of the tests. */
export interface FaultTool {
  readonly grantId: string;
  readonly token: string;
  /** Bytes of a call of this tool. */
  readonly request: string;
  /** Its rows so far. */
  rows(): readonly UsageRecord[];
  /** Its one row, when it is there. */
  row(): Promise<UsageRecord>;
  /** Expects that nothing is held any more: another call, which needs all that is left, is served. */
  expectNothingHeld(): Promise<void>;
}

/** Starts both. */
export async function startFaultBench(timeouts = { connect: 1_000, firstByte: 300, idle: 300 }): Promise<FaultBench> {
  const upstream = await startRawUpstream();
  const gateway = await startTestGateway({
    upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }],
    configuration: { timeouts },
  });
  let tools = 0;
  const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const atStart = openSockets();
  return {
    gateway,
    upstream,
    async tool(faultCost) {
      tools += 1;
      const tool = `faulty-${tools}`;
      await gateway.heal();
      await gateway.update({
        limits: [
          {
            ...{ id: `lim_${tools}`, subject: { kind: 'tool', tool }, rule: { kind: 'concurrent-streams', amount: 1 } },
            window: { start: 0, end: 4_102_444_800_000, used: 0, topUpMicroUsd: 0 },
          },
        ],
      });
      const { token, grantId } = await gateway.grant({ tool, budgetLeftMicroUsd: ceiling + faultCost });
      const request = requestText({ token, port: gateway.port, body });
      const rows = (): readonly UsageRecord[] => gateway.rows.filter((row) => row.grantId === grantId);
      return {
        ...{ grantId, token, request, rows },
        row: () => gateway.row((row) => row.grantId === grantId),
        async expectNothingHeld() {
          const before = rows().length;
          upstream.answer(served);
          await gateway.heal();
          const answer = await callRaw(gateway.port, request).over;
          expect([answer.status, answer.cut], answer.body).toEqual([200, false]);
          await gateway.row((row) => row.requestId === answer.requestId);
          expect(rows()).toHaveLength(before + 1);
        },
      };
    },
    async quiet() {
      for (const socket of upstream.connections) socket.destroy();
      await expect.poll(openSockets, { timeout: 5_000 }).toBeLessThanOrEqual(atStart);
    },
    async close() {
      await gateway.close();
      await upstream.close();
    },
  };
}
