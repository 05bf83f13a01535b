import { expect, test } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { createBench } from './authorization-bench.ts';

test('a tool that is not heard now is told to slow down, and for how long (RFC 8628 section 3.5, RFC 9110 section 10.2.3)', async () => {
  const bench = await createBench();
  bench.refusal = new TollkeeperError('tool_silenced', undefined, { details: { retryAfterSeconds: 421 } });
  const response = await bench.fetch('/oauth/device_authorization', {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'pest', scope: 'openai:chat' }),
  });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '421']);
  expect(await response.json()).toMatchObject({ error: 'slow_down' });
  expect(bench.asked).toEqual([]);
});
