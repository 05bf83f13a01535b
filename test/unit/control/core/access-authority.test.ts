import { expect, test } from 'vitest';
import { createAccessAuthority } from '#main/control/core/access-authority.ts';
import type { Core } from '#main/control/core/open-core.ts';
import type { CallerVerdict, GrantBinding } from '#shared/model/binding.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';

const connection = { callerAddress: '127.0.0.1', callerPort: 40_000, localPort: 8_377 };
const tree: GrantBinding = { kind: 'tree', name: 'toll', root: { pid: 40, startedAt: '400@b' } };

function authorityFor(binding: GrantBinding | null, verdict: CallerVerdict) {
  const asked: unknown[] = [];
  const grant = grantRecord({ binding });
  const record = { id: 'tok_1', issuedAt: 0, expiresAt: 1, keyThumbprint: null };
  const core = { issuer: { read: async () => ({ record, grant, clientId: 'codey', delegates: [] }) } };
  const authority = createAccessAuthority(core as unknown as Core, {
    ...{ clock: createFakeClock(), recorder: { record: () => undefined }, gatewayKnows: async () => undefined },
    async inspectCaller(...values) {
      asked.push(values);
      return verdict;
    },
  });
  return { authority, asked, grant };
}

test('a token that is bound to a process is live for that process alone', async () => {
  const inside = authorityFor(tree, 'allowed');
  expect(await inside.authority.readToken('token', connection)).toMatchObject({ tokenId: 'tok_1' });
  expect(inside.asked).toEqual([[inside.grant.id, connection]]);
  expect(await authorityFor(tree, 'outside-tree').authority.readToken('token', connection)).toBeNull();
  expect(await authorityFor(tree, 'unknown').authority.readToken('token', connection)).toBeNull();
  expect(await authorityFor(tree, 'allowed').authority.readToken('token', null)).toBeNull();
});

test('one that is bound to nothing, or that somebody only asks about or gives back, is looked at from anywhere', async () => {
  const unbound = authorityFor(null, 'unknown');
  expect(await unbound.authority.readToken('token', null)).toMatchObject({ tokenId: 'tok_1' });
  expect(await authorityFor(tree, 'outside-tree').authority.readToken('token')).toMatchObject({ tokenId: 'tok_1' });
  expect(unbound.asked).toEqual([]);
});
