import { expect, test } from 'vitest';
import { describeBinding } from '#renderer/components/access-request/describe-binding.ts';

const root = { pid: 42, startedAt: '1' };

test.each([
  [null, 'any program on this machine'],
  [undefined, 'any program on this machine'],
  [{ kind: 'tree', name: 'toll', root } as const, 'only this run and everything it starts'],
  [{ kind: 'tree', name: 'claude', root } as const, 'only claude (pid 42) and everything it starts'],
  [
    { kind: 'executable', path: '/usr/bin/node', sha256: 'abc' } as const,
    'only /usr/bin/node, with its contents of now',
  ],
])('%j works in %s', (binding, words) => {
  expect(describeBinding(binding)).toBe(words);
});
