import { expect, test } from 'vitest';
import { nestGrants } from '#renderer/features/access/nest-grants.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';

test('each grant stands below the one it stems from, and one whose parent is not there by itself', () => {
  const grants = [
    grantRecord({ id: 'grandchild', parentGrantId: 'child' }),
    grantRecord({ id: 'child', parentGrantId: 'root' }),
    grantRecord({ id: 'other' }),
    grantRecord({ id: 'orphan', parentGrantId: 'gone' }),
    grantRecord({ id: 'root' }),
  ];
  expect(nestGrants(grants).map(({ grant, depth }) => `${grant.id} ${depth}`)).toEqual([
    ...['other 0', 'orphan 0', 'root 0', 'child 1', 'grandchild 2'],
  ]);
});
