import { expect, it } from 'vitest';
import type { Alert } from '#shared/model/alert.ts';
import { type LiveGateway, startLiveGateway } from '#test/contract/standards/live-gateway.ts';
import { callerOf } from '#test/unit/control/running-control.ts';

/** The one alert that stands, as soon as there is one. */
async function alertOf({ control }: LiveGateway): Promise<Alert | undefined> {
  for (;;) {
    const [alert, ...others] = await new Promise<void>((resolve) => {
      const end = control.onChange((topics) => {
        if (!topics.includes('alerts')) return;
        end();
        resolve();
      });
    }).then(() => control.perform('alert.list', { unreadOnly: true, limit: 10 }, callerOf()));
    expect(others).toEqual([]);
    if (alert !== undefined) return alert;
  }
}

/** Alerts at once, not a minute after the end. */
async function startStrict(): Promise<LiveGateway> {
  const live = await startLiveGateway();
  const change = { rule: 'revoked-token-used', thresholds: { grace: 0 } } as const;
  await live.control.perform('watch.set', change, callerOf());
  return live;
}

it.each([
  ['a JWT that was used before', false, true],
  ['a JWT that was never used', false, false],
  ['a reference token', true, false],
])('use after revocation is told, with the row that shows it: %s', async (_name, isReference, isUsedBefore) => {
  const live = await startStrict();
  const { grantId, token } = await live.grant({ tool: 'codey' }, isReference);
  if (isUsedBefore) expect((await live.call(token)).status).toBe(200);
  await live.control.perform('grant.revoke', { id: grantId }, callerOf());
  const told = alertOf(live);
  expect(await live.call(token)).toEqual({ status: 401, code: 'invalid_token' });
  const alert = await told;
  expect(alert).toMatchObject({ rule: 'revoked-token-used', tool: 'codey', grantId, count: 1 });
  const filter = { requestId: alert?.requestId ?? '' };
  const rows = await live.control.perform('usage.list', { filter, offset: 0, limit: 5 }, callerOf());
  expect(rows.records).toMatchObject([{ outcome: 'denied', errorCode: 'invalid_token', status: 401, grantId: null }]);
});

it('one token that was revoked while its grant lives is known again', async () => {
  const live = await startStrict();
  const { token } = await live.grant();
  const entries = await live.control.perform('audit.list', { limit: 20 }, callerOf());
  const tokenId = entries.find(({ event }) => event === 'token-issued')?.subject ?? '';
  await live.control.perform('grant.revoke', { id: tokenId }, callerOf());
  const told = alertOf(live);
  expect((await live.call(token)).status).toBe(401);
  expect(await told).toMatchObject({ rule: 'revoked-token-used', tool: 'codey' });
});

it('a single-use token that is used twice is told, and its tool is asked anew when the rule says so', async () => {
  const live = await startLiveGateway();
  const change = { rule: 'single-use-token-reused', action: 'revoke' } as const;
  await live.control.perform('watch.set', change, callerOf());
  const { grantId, token } = await live.grant({ uses: 1 });
  const other = await live.grant({ purpose: 'another' });
  expect((await live.call(token)).status).toBe(200);
  const told = alertOf(live);
  expect(await live.call(token)).toEqual({ status: 409, code: 'token_already_used' });
  expect(await told).toMatchObject({ rule: 'single-use-token-reused', tool: 'codey', grantId });
  expect((await live.call(other.token)).status).toBe(401);
  const grants = await live.control.perform('grant.list', { includeEnded: true, limit: 5 }, callerOf());
  expect(grants.find(({ id }) => id === other.grantId)?.endedBy).toBe('watch: single-use-token-reused');
});
