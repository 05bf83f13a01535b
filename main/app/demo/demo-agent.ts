import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';

/** How the pretend tool reaches the gateway. */
export interface DemoAgentOptions {
  readonly gatewayUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

/** A device request that waits for an answer. RFC 8628 section 3.2. */
export interface DeviceRequest {
  readonly deviceCode: string;
  readonly userCode: string;
  /** Seconds between two polls. */
  readonly interval: number;
}

const deviceAnswerSchema = lazily(() =>
  z.object({
    device_code: z.string(),
    user_code: z.string(),
    interval: z.number().default(5),
  }),
);
const tokenAnswerSchema = lazily(() => z.object({ access_token: z.string() }));
const pollErrorSchema = lazily(() => z.object({ error: z.string() }));
const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code';

/** Name under which the pretend tool asks. */
export const demoAgentName = 'demo-agent';

/** Asks for access as any tool would. */
export async function requestDevice(options: DemoAgentOptions, scope: string): Promise<DeviceRequest> {
  const response = await post(options, authorizationServerPaths.deviceAuthorization, {
    client_id: demoAgentName,
    scope,
  });
  const answer = deviceAnswerSchema.safeParse(await response.json());
  if (!answer.success) throw new TollkeeperError('internal', 'The demo could not ask for access.');
  return { deviceCode: answer.data.device_code, userCode: answer.data.user_code, interval: answer.data.interval };
}

/** Polls until the person has answered. Null means no: denied, or nobody answered in time. */
export async function pollForToken(options: DemoAgentOptions, request: DeviceRequest): Promise<string | null> {
  let interval = request.interval;
  for (;;) {
    await pause(interval * 1_000, undefined, { signal: options.signal });
    const response = await post(options, authorizationServerPaths.token, {
      grant_type: deviceGrantType,
      device_code: request.deviceCode,
      client_id: demoAgentName,
    });
    const answer: unknown = await response.json();
    const granted = tokenAnswerSchema.safeParse(answer);
    if (granted.success) return granted.data.access_token;
    const refused = pollErrorSchema.safeParse(answer);
    const error = refused.success ? refused.data.error : '';
    if (error === 'slow_down') interval += 5;
    else if (error !== 'authorization_pending') return null;
  }
}

/** Streams one chat answer through the gateway and hands over each piece of text. */
export async function streamAnswer(
  options: DemoAgentOptions,
  call: {
    readonly path: string;
    readonly model: string;
    readonly token: string;
    readonly onText: (text: string) => void;
  },
): Promise<void> {
  const response = await options.fetch(`${options.gatewayUrl}${call.path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${call.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: call.model,
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'Say hello and tell me who you are.' }],
    }),
    signal: options.signal,
  });
  if (!response.ok || !response.body)
    throw new TollkeeperError('internal', `The gateway answered ${response.status} to the demo.`);
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) call.onText(textIn(line));
  }
}

const chunkSchema = lazily(() =>
  z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })) }),
);

function textIn(line: string): string {
  if (!line.startsWith('data: {')) return '';
  const chunk = chunkSchema.safeParse(JSON.parse(line.slice('data: '.length)));
  return chunk.success ? (chunk.data.choices[0]?.delta.content ?? '') : '';
}

function post(
  { gatewayUrl, fetch, signal }: DemoAgentOptions,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(`${gatewayUrl}${path}`, { method: 'POST', body: new URLSearchParams(form), signal });
}
