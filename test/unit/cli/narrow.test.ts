import { describe, expect, test } from 'vitest';
import type { SigningKeyView } from '#shared/model/signing-key.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const narrowed = {
  ...{ grantId: 'grant_child', parentGrantId: 'grant_ccc1', token: 'tk_narrow' },
  ...{ expiresAt: '2026-11-22T12:14:58.000Z', scopes: ['openai:chat:gpt-5-mini'] },
};
const key: SigningKeyView = {
  ...{ kid: 'thumb', algorithm: 'ES256', state: 'next', createdAt: '2026-11-22T12:00:00.000Z' },
  ...{ signsFrom: '2026-11-22T12:15:00.000Z', signedUntil: null },
};
const handlers: FakeHandlers = {
  'token.narrow': () => narrowed,
  'signingKey.list': () => [key],
  'signingKey.rotate': () => key,
  'grant.list': () => [
    { ...samples.grant, id: 'grant_child', parentGrantId: samples.grant.id, delegate: 'searcher' },
    samples.grant,
  ],
};

async function run(words: readonly string[], stdin = '') {
  const home = testHome();
  const control = await startFakeControl(home.paths, handlers);
  const result = await home.toll(words, { stdin });
  return { ...result, sent: control.calls.at(-1) };
}

describe('toll narrow', () => {
  test('sends the token from stdin with what is to be narrower, and prints the new one only', async () => {
    const options = ['--scope', 'openai:chat:gpt-5-mini', '--uses', '20', '--budget', '0.5', '--ttl', '5m'];
    const { sent, stdout, code } = await run(['narrow', '--name', 'searcher', ...options, '--reference'], 'tk_held\n');
    expect([code, stdout]).toEqual([0, 'tk_narrow\n']);
    expect(sent).toEqual({
      name: 'token.narrow',
      input: {
        ...{ token: 'tk_held', delegate: 'searcher', scopes: ['openai:chat:gpt-5-mini'], reference: true },
        ...{ uses: 20, budgetMicroUsd: 500_000, ttlSeconds: 300 },
      },
    });
  });

  test('answers a document, and wants a name that can be shown', async () => {
    const { stdout } = await run(['narrow', '--name', 'searcher', '--json'], 'tk_held');
    expect(JSON.parse(stdout)).toEqual(narrowed);
    expect((await run(['narrow', '--json'], 'tk_held')).code).toBe(2);
    expect((await run(['narrow', '--name', '', '--json'], 'tk_held')).code).toBe(2);
  });

  test('shows in the list of grants who got it, and from which', async () => {
    const { stdout } = await run(['grants']);
    expect(stdout).toMatch(/grant_child\s+codex \u203A searcher .*grant_ccc1/);
    const json = JSON.parse((await run(['grants', '--json'])).stdout) as { parentGrantId: string | null }[];
    expect(json.map(({ parentGrantId }) => parentGrantId)).toEqual(['grant_ccc1', null]);
  });
});

describe('toll signing-key', () => {
  test('lists the keys and says when the next one signs', async () => {
    expect((await run(['signing-key', 'list'])).stdout).toContain('thumb');
    expect(JSON.parse((await run(['signing-key', 'list', '--json'])).stdout)).toEqual([key]);
    const { sent, stdout } = await run(['signing-key', 'rotate']);
    expect(sent).toEqual({ name: 'signingKey.rotate', input: { replace: false } });
    expect(stdout).toContain('is published and signs');
  });

  test('says what a compromised key costs', async () => {
    const { sent, stdout } = await run(['signing-key', 'rotate', '--compromised']);
    expect(sent).toEqual({ name: 'signingKey.rotate', input: { replace: true } });
    expect(stdout).toContain('tools must ask again');
  });
});
