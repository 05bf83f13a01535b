import { expect, test } from 'vitest';
import { checkProof } from '#shared/policy/check-proof.ts';
import { ReplayGuard } from '#shared/policy/replay-guard.ts';

const now = Date.UTC(2026, 10, 22, 9);
const target = { method: 'GET', path: '/v1/models', authorities: ['127.0.0.1:8377'], tokenHash: null };

function reader(replays: ReplayGuard, keyThumbprint?: string) {
  let turn = 0;
  return (thumbprint: string) => {
    turn += 1;
    const claims = { jti: String(turn), htm: 'GET', htu: 'http://127.0.0.1:8377/v1/models', iat: now / 1_000 };
    return checkProof('proof', keyThumbprint === undefined ? target : { ...target, keyThumbprint }, {
      ...{ open: async () => ({ claims, thumbprint }), replays, now, monotonic: 0, since: now - 1_000 },
    });
  };
}

test('proofs of a key that will not do take no room from those of the key that will', async () => {
  const read = reader(new ReplayGuard(65_000, 3), 'ours');
  for (let time = 0; time < 10; time += 1) expect(await read('theirs')).toEqual({ thumbprint: 'theirs', fault: null });
  expect(await read('ours')).toEqual({ thumbprint: 'ours', fault: null });
});

test('what can no longer be remembered is refused, not taken', async () => {
  const read = reader(new ReplayGuard(65_000, 3));
  const faults: (string | null)[] = [];
  for (let time = 0; time < 4; time += 1) faults.push((await read('any')).fault);
  expect(faults.map((fault) => fault === null)).toEqual([true, true, true, false]);
});
