import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CallerDialect } from '#main/gateway/translate/translation.ts';
import { tryCall } from '#test/fakes/translated-call.ts';

/** Answers as providers really sent them, told in every other protocol. */
const recorded: readonly (readonly [file: string, target: CallerDialect])[] = [
  ['openai-chat-usage.sse', 'openai-chat'],
  ['openai-chat-no-usage.sse', 'openai-chat'],
  ['openai-chat-openrouter.sse', 'openai-chat'],
  ['openai-chat-groq.sse', 'openai-chat'],
  ['openai-responses.sse', 'openai-responses'],
  ['openai-responses-incomplete.sse', 'openai-responses'],
  ['anthropic.sse', 'anthropic'],
  ['gemini.sse', 'gemini'],
  ['openai-chat.json', 'openai-chat'],
  ['openai-chat-xai.json', 'openai-chat'],
  ['openai-chat-deepseek.json', 'openai-chat'],
  ['openai-responses.json', 'openai-responses'],
  ['anthropic.json', 'anthropic'],
  ['gemini.json', 'gemini'],
];

const requests: Readonly<Record<CallerDialect, Readonly<Record<string, unknown>>>> = {
  'openai-chat': { messages: [{ role: 'user', content: 'Hi' }] },
  'openai-responses': { input: 'Hi' },
  anthropic: { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
};
const endings: Readonly<Record<CallerDialect, RegExp>> = {
  'openai-chat': /"finish_reason":"[a-z_]+"/,
  'openai-responses': /"status":"(?:completed|incomplete)"/,
  anthropic: /"stop_reason":"[a-z_]+"/,
  gemini: /"finishReason":"[A-Z_]+"/,
};
const callers = Object.keys(requests) as CallerDialect[];

describe.each(recorded)('%s', (file, target) => {
  const body = readFileSync(new URL(`../../../fixtures/streams/${file}`, import.meta.url));
  const stream = file.endsWith('.sse');

  it.each(callers.filter((caller) => caller !== target))('is told to its end as %s', async (caller) => {
    const contentType = stream ? 'text/event-stream' : 'application/json';
    const { answer, text } = await tryCall({
      ...{ caller, target, query: 'alt=sse', suffix: stream && caller === 'gemini' ? ':streamGenerateContent' : '' },
      body: { ...requests[caller], ...(stream && caller !== 'gemini' ? { stream } : {}) },
      answer: new Response(body, { headers: { 'content-type': contentType } }),
    });
    expect(answer.kind).toBe('answer');
    expect(text).toMatch(endings[caller]);
    expect(text).not.toMatch(/event: error|"error":\{/);
  });
});

describe('a recorded stream that ends in the middle, as if it were whole', () => {
  it.each([
    ['openai-chat-usage.sse', 'openai-chat', 'anthropic'],
    ['openai-responses.sse', 'openai-responses', 'openai-chat'],
    ['anthropic.sse', 'anthropic', 'openai-responses'],
    ['gemini.sse', 'gemini', 'openai-chat'],
  ] as const)('%s ends in an error, not in a closing event', async (file, target, caller) => {
    const events = readFileSync(new URL(`../../../fixtures/streams/${file}`, import.meta.url), 'utf8').split(
      /\r?\n\r?\n/,
    );
    const half = `${events.slice(0, Math.ceil(events.length / 2)).join('\n\n')}\n\n`;
    const { text } = await tryCall({
      ...{ caller, target, body: { ...requests[caller], stream: true } },
      answer: new Response(half, { headers: { 'content-type': 'text/event-stream' } }),
    });
    expect(text).toMatch(/"error":\{/);
    expect(text).not.toMatch(/message_stop|\[DONE\]|response\.completed/);
  });
});
