import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type CodeGrantOptions, codeGrantHandler } from '#main/control/authorization-server/code-grant.ts';
import { createCodeRequests } from '#main/control/authorization-server/code-requests.ts';
import { type RefreshGrantOptions, refreshGrantHandler } from '#main/control/authorization-server/refresh-grant.ts';
import { createRefreshTokens } from '#main/control/authorization-server/refresh-tokens.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { issuer } from '#test/unit/control/authorization-server/authorization-bench.ts';

const rounds = 1_000;
const grant = { tool: 't', scopes: ['openai:chat'], uses: null, budgetMicroUsd: null, purpose: null };
const redirectUri = 'http://127.0.0.1/callback';
const verifier = 'v'.repeat(43);

/** Lets this many turns of the microtask queue pass. */
async function hops(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await null;
}

/** The two grants' handlers by themselves, over a real registry and a control that takes its time. */
function createRace() {
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  onTestFinished(() => registry.close());
  const clock = { now: () => 1_000_000, monotonic: () => 0 };
  const state = registry.oauthState;
  const ended = new Set<string>();
  const access = {
    livingGrant: (id: string) => (ended.has(id) ? null : { ...grant, createdAt: 0, expiresAt: 9_000_000 }),
    issue: async ({ grantId }: { readonly grantId: string }) => {
      await hops(3);
      return ended.has(grantId) ? null : { token: 'x', expiresAt: 2_000_000, scopes: grant.scopes };
    },
    endReused: async ({ grantId }: { readonly grantId: string }) => void ended.add(grantId),
  };
  const refreshTokens = createRefreshTokens({ state, clock });
  const requests = createCodeRequests({ state, clock, log: () => undefined });
  const readForm = async () => ({ keyThumbprint: null, reference: false });
  const parts = { access, clock, state, refreshTokens, requests, issuer, readForm } as unknown;
  return { ended, refreshTokens, requests, parts };
}

/** Three requests alike, begun up to so many turns after one another: how many of them got an answer. */
async function bring(
  handle: (context: never) => Promise<void>,
  params: Readonly<Record<string, string>>,
  apart: number,
): Promise<number> {
  const outcomes = await Promise.allSettled(
    [0, 1, 2].map((index) =>
      hops(index * apart).then(() => handle({ oidc: { client: { clientId: 'tool' }, params } } as never)),
    ),
  );
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

it('RFC 9700 §4.14.2: of three uses of a refresh token at once at most one passes, and the grant ends, a thousand times', async () => {
  const { ended, refreshTokens, parts } = createRace();
  const handle = refreshGrantHandler(parts as RefreshGrantOptions);
  let passed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const record = { grantId: `grant_${round}`, clientId: 'tool', endsAt: 9_000_000 };
    const token = refreshTokens.issue({ ...record, details: false, keyThumbprint: null });
    const winners = await bring(handle, { refresh_token: token }, round % 30);
    expect(winners).toBeLessThanOrEqual(1);
    passed += winners;
  }
  expect(ended.size).toBe(rounds);
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThan(rounds);
});

it('RFC 6749 §4.1.2: of three uses of a code at once at most one passes, and the grant ends, a thousand times', async () => {
  const { ended, requests, parts } = createRace();
  const handle = codeGrantHandler(parts as CodeGrantOptions);
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  let passed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const pending = { requestId: `req_${round}`, userCode: 'BCDF-BCDF' };
    const shape = { refresh: false, details: false };
    const { ticket, code } = requests.open(
      { clientId: 'tool', tool: 't', redirectUri, state: null, codeChallenge, scopes: grant.scopes, shape },
      { ...pending, decision: Promise.resolve({ outcome: 'granted', grantId: `grant_${round}` }) },
    );
    await requests.settled(ticket);
    const form = { code, redirect_uri: redirectUri, code_verifier: verifier };
    const winners = await bring(handle, form, round % 30);
    expect(winners).toBeLessThanOrEqual(1);
    passed += winners;
  }
  expect(ended.size).toBe(rounds);
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThan(rounds);
});
