import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createUsageReader, isStreamContentType, type UsageReading } from '#main/gateway/dialect/usage-reader.ts';
import type { DialectId } from '#shared/model/provider.ts';
import type { UsageDetails } from '#shared/model/usage.ts';

const folder = new URL('../../../fixtures/streams/', import.meta.url);
const dialects: readonly DialectId[] = ['openai-chat', 'openai-responses', 'anthropic', 'gemini', 'cohere', 'ollama'];

type Counts = readonly [
  input: number,
  cached: number,
  written: number,
  output: number,
  reasoning: number,
  details?: UsageDetails,
];

function reading(model: string | null, counts: Counts | null): UsageReading {
  if (counts === null) {
    return { model, usage: null };
  }
  const [inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, details] = counts;
  const usage = { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens };
  return { model, usage: { ...usage, ...details } };
}

function counts(...numbers: [number, number, number, number, number]): [number, number, number, number, number] {
  return numbers;
}

/** What each recorded answer must read as. */
const expected: Readonly<Record<string, UsageReading>> = {
  'openai-chat-usage.sse': reading('gpt-5-mini-2025-08-07', [2006, 1920, 0, 300, 192]),
  'openai-chat-no-usage.sse': reading('gpt-5-mini-2025-08-07', null),
  'openai-chat-groq.sse': reading('llama-3.3-70b-versatile', [18, 0, 0, 556, 0]),
  'openai-chat-openrouter.sse': reading('anthropic/claude-sonnet-4.5', [
    1500,
    1000,
    200,
    40,
    0,
    { toldCostMicroUsd: 5100 },
  ]),
  'openai-chat-xai.json': reading('grok-4-0709', [32, 6, 0, 103, 94]),
  'openai-chat.json': reading('gpt-5-2025-08-07', [82, 0, 0, 17, 0]),
  'openai-chat-deepseek.json': reading('deepseek-chat', [640, 512, 0, 10, 0]),
  'openai-chat-embedding.json': reading('text-embedding-3-small', [8, 0, 0, 0, 0]),
  'openai-responses.sse': reading('gpt-5.1-codex', [3700, 3072, 0, 1186, 1024]),
  'openai-responses-incomplete.sse': reading('gpt-5.1-codex', [3700, 3072, 0, 1186, 1024]),
  'openai-responses-long.sse': reading('gpt-5.1-codex', [3700, 3072, 0, 1186, 1024]),
  'openai-responses.json': reading('gpt-5.1-codex', [3700, 3072, 0, 1186, 1024]),
  'openai-responses-image.json': reading(null, [50, 0, 0, 272, 0, { inputImageTokens: 40, outputImageTokens: 272 }]),
  // https://platform.openai.com/docs/api-reference/chat/object
  'openai-chat-audio.json': reading('gpt-audio-2025-08-28', [
    ...counts(120, 0, 0, 90, 0),
    { inputAudioTokens: 100, outputAudioTokens: 70 },
  ]),
  'openai-chat-flex.sse': reading('gpt-5-mini-2025-08-07', [...counts(40, 0, 0, 4, 0), { serviceTier: 'flex' }]),
  // https://docs.perplexity.ai/api-reference/chat-completions-post
  'openai-chat-perplexity.json': reading('sonar-deep-research', [
    ...counts(33, 0, 0, 7163, 73997),
    { toldCostMicroUsd: 407_417 },
  ]),
  // https://docs.x.ai/developers/cost-tracking
  'openai-chat-xai-cost.json': reading('grok-4.3', [...counts(9212, 3072, 0, 3417, 0), { toldCostMicroUsd: 31_832 }]),
  // https://openrouter.ai/docs/use-cases/usage-accounting
  'openai-chat-openrouter-byok.json': reading('anthropic/claude-sonnet-4.5', [
    ...counts(10427, 0, 0, 264, 0),
    { toldCostMicroUsd: 3548 },
  ]),
  // https://platform.openai.com/docs/guides/tools-web-search
  'openai-responses-search.json': reading('gpt-5-2025-08-07', [
    ...counts(9000, 0, 0, 300, 128),
    { webSearches: 2, serviceTier: 'priority' },
  ]),
  // https://platform.openai.com/docs/api-reference/audio/json-object
  'openai-responses-transcript.json': reading(null, [...counts(114, 0, 0, 45, 0), { inputAudioTokens: 100 }]),
  'openai-responses-duration.json': reading(null, [...counts(0, 0, 0, 0, 0), { audioSeconds: 9 }]),
  // https://platform.openai.com/docs/api-reference/realtime-server-events/response/done
  'openai-responses-realtime.json': reading(null, [
    ...counts(900, 384, 0, 220, 0),
    {
      inputAudioTokens: 500,
      cachedAudioTokens: 192,
      inputImageTokens: 100,
      cachedImageTokens: 64,
      outputAudioTokens: 200,
    },
  ]),
  // https://platform.openai.com/docs/api-reference/images/object
  'openai-responses-image-parts.json': reading(null, [
    ...counts(300, 0, 0, 1100, 0),
    { inputImageTokens: 280, outputImageTokens: 1040 },
  ]),
  // https://platform.claude.com/docs/en/build-with-claude/data-residency
  'anthropic-regional.json': reading('claude-opus-4-6', [...counts(25, 0, 0, 150, 0), { serviceTier: 'regional' }]),
  'anthropic-batch.json': reading('claude-sonnet-4-5-20250929', [
    ...counts(1110, 1000, 100, 20, 0),
    { longCacheWriteTokens: 60, serviceTier: 'batch' },
  ]),
  // https://ai.google.dev/api/generate-content#UsageMetadata
  'gemini-modalities.json': reading('gemini-2.5-flash-image', [
    ...counts(2200, 300, 0, 1360, 50),
    {
      inputAudioTokens: 800,
      cachedAudioTokens: 200,
      inputImageTokens: 758,
      inputVideoTokens: 500,
      outputImageTokens: 1290,
      serviceTier: 'flex',
    },
  ]),
  'anthropic.sse': reading('claude-sonnet-4-5-20250929', [13004, 11500, 1500, 503, 0, { longCacheWriteTokens: 1000 }]),
  'anthropic-cut.sse': reading('claude-sonnet-4-5-20250929', [
    13004,
    11500,
    1500,
    3,
    0,
    { longCacheWriteTokens: 1000 },
  ]),
  'anthropic-server-tool.sse': reading('claude-sonnet-4-5-20250929', [10682, 0, 0, 510, 0, { webSearches: 1 }]),
  'anthropic.json': reading('claude-haiku-4-5-20251001', [3119, 1024, 0, 503, 0]),
  'anthropic-error.json': reading(null, null),
  'gemini.sse': reading('gemini-2.5-flash', [1204, 1024, 0, 217, 160]),
  'gemini-array.json': reading('gemini-2.5-flash', [1204, 1024, 0, 217, 160]),
  'gemini.json': reading('gemini-2.5-flash', [1300, 1024, 0, 11, 0]),
  'gemini-interaction.json': reading('gemini-2.5-flash', [7, 0, 0, 42, 22]),
  'gemini-interaction.sse': reading('gemini-2.5-flash', [7, 0, 0, 42, 22]),
  'cohere.sse': reading(null, [4, 0, 0, 71, 0]),
  'cohere.json': reading(null, [4, 0, 0, 71, 0]),
  'cohere-embed.json': reading(null, [2, 0, 0, 0, 0]),
  'cohere-v1.ndjson': reading(null, [4, 0, 0, 71, 0]),
  'ollama.ndjson': reading('llama3.2', [26, 0, 0, 282, 0]),
  'ollama.json': reading('llama3.2', [26, 0, 0, 290, 0]),
  'ollama-embed.json': reading('all-minilm', [8, 0, 0, 0, 0]),
};

function dialectOf(file: string): DialectId {
  return dialects.find((dialect) => file.startsWith(dialect)) ?? 'openai-chat';
}

/** Numbers between 0 and 1 that are the same in every run (a linear congruential generator). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function cut(body: Buffer, nextLength: () => number): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < body.length; ) {
    const end = start + Math.max(1, nextLength());
    chunks.push(Buffer.from(body.subarray(start, end)));
    start = end;
  }
  return chunks;
}

function read(file: string, chunks: readonly Buffer[]): UsageReading {
  const reader = createUsageReader(dialectOf(file), { stream: !file.endsWith('.json') });
  for (const chunk of chunks) {
    reader.push(chunk);
    chunk.fill(0x7a);
  }
  return reader.finish();
}

describe('every recorded answer', () => {
  it('has an expectation', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(expected).sort());
  });

  for (const [file, wanted] of Object.entries(expected)) {
    const body = readFileSync(new URL(file, folder));
    it(`${file}: whole`, () => {
      expect(read(file, [Buffer.from(body)])).toEqual(wanted);
    });
    it(`${file}: the same however it is cut`, () => {
      const random = sequence(body.length);
      for (let round = 0; round < 40; round += 1) {
        const largest = 2 ** (1 + Math.floor(random() * 12));
        expect(
          read(
            file,
            cut(body, () => Math.floor(random() * largest)),
          ),
        ).toEqual(wanted);
      }
      expect(
        read(
          file,
          cut(body, () => 1),
        ),
      ).toEqual(wanted);
    });
    it(`${file}: a reading on the way never throws and never exceeds the end`, () => {
      const reader = createUsageReader(dialectOf(file), { stream: !file.endsWith('.json') });
      let most = 0;
      for (const chunk of cut(Buffer.from(body), () => 97)) {
        reader.push(chunk);
        most = Math.max(most, reader.snapshot().usage?.outputTokens ?? 0);
      }
      expect(reader.finish()).toEqual(wanted);
      expect(most).toBeLessThanOrEqual(wanted.usage?.outputTokens ?? 0);
    });
  }
});

describe('a hostile upstream', () => {
  const filler = Buffer.alloc(64 * 1024, 'a');
  const closing = Buffer.from('"}\n\ndata: {"model":"m","usage":{"prompt_tokens":3,"completion_tokens":4}}\n\n');

  it.each(dialects)('cannot make the %s reader keep an endless line', (dialect) => {
    for (const stream of [true, false]) {
      const reader = createUsageReader(dialect, { stream });
      reader.push(Buffer.from('data: {"model":"'));
      const before = process.memoryUsage().arrayBuffers;
      for (let megabytes = 0; megabytes < 64; megabytes += 1 / 16) {
        reader.push(filler);
      }
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
      expect(reader.snapshot().usage).toBeNull();
    }
  });

  it('cannot hide the usage behind an endless line', () => {
    const reader = createUsageReader('openai-chat', { stream: true });
    reader.push(Buffer.from('data: {"text":"'));
    for (let count = 0; count < 64; count += 1) {
      reader.push(filler);
    }
    reader.push(closing);
    expect(reader.finish()).toEqual(reading('m', [3, 0, 0, 4, 0]));
  });

  it.each([
    ['a document that ends early', '{"usage":'],
    ['counts that are none', '{"usage":{"prompt_tokens":"many","completion_tokens":-4}}'],
    ['closing brackets', '}}}]]]'],
    ['an infinite count', '{"usage":{"prompt_tokens":1e999}}'],
    ['broken text', 'data: \u0000\ud83e'],
    ['a lonely property', '"usage":{'],
  ])('is read as nothing or zero: %s', (_name, body) => {
    for (const stream of [true, false]) {
      const reader = createUsageReader('openai-chat', { stream });
      reader.push(Buffer.from(body));
      const { usage } = reader.finish();
      expect([null, 0]).toContain(usage === null ? null : usage.inputTokens + usage.outputTokens);
    }
  });

  it('is not followed into endless nesting', () => {
    const reader = createUsageReader('openai-chat', { stream: false });
    reader.push(Buffer.from(`${'['.repeat(500_000)}{"usage":{"prompt_tokens":5}}`));
    expect(reader.finish().usage).toBeNull();
  });

  it('is not believed when usage appears inside its data', () => {
    const body =
      '{"data":{"usage":{"prompt_tokens":1}},"list":[{"usage":{"prompt_tokens":2}}],"usage":{"prompt_tokens":9}}';
    const reader = createUsageReader('openai-chat', { stream: false });
    reader.push(Buffer.from(body));
    expect(reader.finish().usage?.inputTokens).toBe(9);
  });
});

describe('isStreamContentType', () => {
  it.each([
    ['text/event-stream', true],
    ['text/event-stream; charset=utf-8', true],
    ['application/x-ndjson', true],
    ['APPLICATION/STREAM+JSON', true],
    ['application/json', false],
    ['audio/mpeg', false],
    ['', false],
  ])('%s: %s', (contentType, wanted) => {
    expect(isStreamContentType(contentType)).toBe(wanted);
  });
});
