import { randomBytes } from 'node:crypto';
import type { Caller, Control } from '#main/control/control.ts';
import type { UsageSummary } from '#shared/model/usage.ts';
import { demoProviders } from '#shared/provider/tool/tool-providers.ts';
import { type DemoAgentOptions, demoAgentName, pollForToken, requestDevice, streamAnswer } from './demo-agent.ts';
import { startDemoUpstream } from './demo-upstream.ts';

/** What the demonstration needs from the composition root that shows it. */
export interface DemoOptions {
  readonly control: Control;
  /** The gateway's base URL, such as `http://127.0.0.1:8377`. */
  readonly gatewayUrl: string;
  /** Shows a piece of text at once; line breaks are in it. */
  readonly print: (text: string) => void;
  /** Tells the newcomer how to answer the request with this code: the command to type, or where the prompt is. */
  readonly howToAnswer: (userCode: string) => string;
  /** `globalThis.fetch` outside tests. */
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds between two streamed words. */
  readonly wordDelayMs: number;
}

/** A running demonstration. */
export interface Demo {
  /** Resolves when the walk is over; the pretend provider goes on answering until `close`. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

/** How often the pretend tool asks again when nobody answers. */
const maxAttempts = 5;
const barWidth = 24;

/** The demonstration acts in the program's own name. */
const caller: Caller = { actor: 'system', process: null, onDisconnect: () => undefined };

/**
 * Starts the pretend provider, stores its key like any other, and plays the whole way: a tool asks, a person answers, an answer
 * streams through the gateway, and its use is charted. Needs a control plane with a memory vault in a home of its own.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const key = `demo-${randomBytes(24).toString('base64url')}`;
  const upstream = await startDemoUpstream({ key, wordDelayMs: options.wordDelayMs });
  const ended = new AbortController();
  try {
    for (const { provider, basePath } of demoProviders) {
      const input = { provider, secret: key, label: 'Demo', baseUrl: `${upstream.url}${basePath}`, verify: true };
      await options.control.perform('credential.add', input, caller);
    }
  } catch (error) {
    await upstream.close();
    throw error;
  }
  const finished = walk(options, ended.signal).catch((error: unknown) => {
    if (!ended.signal.aborted)
      options.print(`\nThe demo stopped: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
  });
  return {
    finished,
    async close() {
      ended.abort();
      await finished;
      await upstream.close();
    },
  };
}

async function walk(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const { print, gatewayUrl, fetch } = options;
  const agent: DemoAgentOptions = { gatewayUrl, fetch, signal };
  const [provider] = demoProviders;
  if (!provider) return;
  print('\n1. A pretend provider runs on this machine; its key is stored as a real one would be.\n');
  const token = await askUntilAnswered(options, agent, `${provider.provider}:chat ${provider.provider}:models`);
  if (token === null)
    return print('\nNobody answered, and no answer means no. Start the demo again to see the rest.\n');
  print(
    `\n3. Allowed. ${demoAgentName} has a token that ends by itself; it calls the gateway and the answer streams back:\n\n   `,
  );
  await streamAnswer(agent, {
    path: `/${provider.provider}${provider.basePath}/chat/completions`,
    model: 'gpt-5-mini',
    token,
    onText: print,
  });
  print('\n\n4. What it used, and what a real provider would have charged:\n\n');
  print((await whenUsed(options.control, signal)).map(chartLine).join(''));
  print('\nThat is the whole way. Nothing of it is kept when you end this with Ctrl-C.\n');
}

/** Asks, and asks again when nobody answered in time; a newcomer may be reading. Null when the attempts are used up. */
async function askUntilAnswered(
  { print, howToAnswer }: DemoOptions,
  agent: DemoAgentOptions,
  scope: string,
): Promise<string | null> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const request = await requestDevice(agent, scope);
    print(`\n2. A tool that calls itself "${demoAgentName}" asks for access. Its code is ${request.userCode}.\n`);
    print(`   ${howToAnswer(request.userCode)}\n`);
    const token = await pollForToken(agent, request);
    if (token !== null) return token;
    print('\n   That was a no. The tool asks again.\n');
  }
  return null;
}

/** The sums per model, as soon as the ledger has the first row. */
function whenUsed(control: Control, signal: AbortSignal): Promise<readonly UsageSummary[]> {
  return new Promise((resolve, reject) => {
    const look = () => {
      control
        .perform('usage.summary', { since: new Date(0).toISOString(), by: 'model' }, caller)
        .then((rows) => {
          if (rows.length === 0) return;
          stop();
          resolve(rows);
        })
        .catch(reject);
    };
    const stop = control.onChange((topics) => {
      if (topics.includes('usage')) look();
    });
    signal.addEventListener('abort', () => {
      stop();
      resolve([]);
    });
    look();
  });
}

function chartLine(row: UsageSummary, _index: number, rows: readonly UsageSummary[]): string {
  const tokensOf = (summary: UsageSummary) => summary.inputTokens + summary.outputTokens;
  const largest = Math.max(1, ...rows.map(tokensOf));
  const bar = '\u2588'.repeat(Math.max(1, Math.round((tokensOf(row) / largest) * barWidth)));
  const dollars = (row.costMicroUsd / 1_000_000).toFixed(6);
  return `   ${row.key.padEnd(14)} ${bar} ${tokensOf(row)} tokens, $${dollars}\n`;
}
