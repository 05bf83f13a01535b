import { afterEach, describe, expect, it, vi } from 'vitest';
import { verifyDeadlineMs, verifyKey } from '#main/control/credential/verify-key.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { findProvider } from '#shared/provider/index.ts';
import { canaryKey } from '#test/fixtures/canary.ts';

const clock = { now: () => Date.parse('2026-11-22T09:00:00.000Z'), monotonic: () => 0 };

afterEach(() => vi.useRealTimers());

async function tryKey(id: string, fetch: typeof globalThis.fetch) {
  const provider = findProvider(id);
  if (provider === undefined) throw new TollkeeperError('unknown_provider');
  const baseUrl = provider.baseUrl ?? 'https://resource.example.com';
  return verifyKey({ provider, baseUrl, secret: canaryKey(id), fetch, clock });
}

describe('trying a key', () => {
  it.each([
    ['openai', 'https://api.openai.com/v1/models', 'authorization', `Bearer ${canaryKey('openai')}`],
    ['anthropic', 'https://api.anthropic.com/v1/models', 'x-api-key', canaryKey('anthropic')],
    ['gemini', 'https://generativelanguage.googleapis.com/v1beta/models', 'x-goog-api-key', canaryKey('gemini')],
    ['azure', 'https://resource.example.com/openai/v1/models', 'api-key', canaryKey('azure')],
  ])('asks %s at its own address, by its own header, and follows no redirect', async (id, url, header, value) => {
    const fetch = vi.fn(async () => Response.json({ data: [] }));
    expect(await tryKey(id, fetch)).toMatchObject({ outcome: 'accepted', models: [] });
    const [address, init] = fetch.mock.calls[0] as unknown as [string, RequestInit];
    expect(address).toBe(url);
    expect(new Headers(init.headers).get(header)).toBe(value);
    expect(init.redirect).toBe('error');
    expect(init.method ?? 'GET').toBe('GET');
  });

  it('sends the headers an upstream insists on', async () => {
    const fetch = vi.fn(async () => Response.json({ data: [{ id: 'claude-sonnet-5' }] }));
    expect(await tryKey('anthropic', fetch)).toMatchObject({ models: ['claude-sonnet-5'] });
    const [, init] = fetch.mock.calls[0] as unknown as [string, RequestInit];
    expect(new Headers(init.headers).get('anthropic-version')).toBe('2023-06-01');
  });

  it('reads a list that is the whole answer', async () => {
    const answer = async () => Response.json([{ id: 'a' }, { id: 7 }, null, 'b']);
    expect(await tryKey('together', answer)).toMatchObject({ outcome: 'accepted', models: ['a', 'b'] });
  });

  it.each([400, 401, 403])('takes HTTP %i for a refusal', async (status) => {
    const answer = async () => new Response(`no: ${canaryKey('openai')}`, { status });
    const verification = await tryKey('openai', answer);
    expect(verification).toMatchObject({ outcome: 'rejected', account: null, models: [] });
    expect(JSON.stringify(verification)).not.toContain(canaryKey('openai'));
  });

  it.each([404, 429, 500, 503])('takes HTTP %i for no answer about the key', async (status) => {
    const verification = await tryKey('openai', async () => new Response('', { status }));
    expect(verification).toMatchObject({ outcome: 'unreachable', message: expect.stringContaining(String(status)) });
  });

  it('says that a provider could not be reached, without the key', async () => {
    const verification = await tryKey('openai', async () => {
      throw new TypeError(`fetch failed for ${canaryKey('openai')}`);
    });
    expect(verification).toMatchObject({
      outcome: 'unreachable',
      message: 'OpenAI could not be reached at https://api.openai.com/v1.',
    });
  });

  it('gives up after ten seconds', async () => {
    vi.useFakeTimers();
    const hanging: typeof globalThis.fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
    const verification = tryKey('openai', hanging);
    await vi.advanceTimersByTimeAsync(verifyDeadlineMs);
    expect(await verification).toMatchObject({
      outcome: 'unreachable',
      message: expect.stringContaining('10 seconds'),
    });
  });

  it('accepts a key whose answer is no JSON, or endless', async () => {
    expect(await tryKey('openai', async () => new Response('<html>'))).toMatchObject({
      outcome: 'accepted',
      models: [],
    });
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
    });
    expect(await tryKey('openai', async () => new Response(endless))).toMatchObject({
      outcome: 'accepted',
      models: [],
    });
  });
});
