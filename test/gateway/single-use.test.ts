import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRaw, requestText } from './support/raw-caller.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({ upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }] });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

/** Calls once on each of a hundred connections, at once. */
async function statuses(token: string): Promise<readonly string[]> {
  const body = '{"model":"gpt-4o-mini","messages":[]}';
  const request = requestText({ token, port: gateway.port, body });
  const answers = await Promise.all(Array.from({ length: 100 }, () => callRaw(gateway.port, request).over));
  return answers.map(({ status, body: text }) => `${status} ${/"code":"([a-z_]+)"/.exec(text)?.[1] ?? ''}`.trim());
}

describe('a token with so many uses', () => {
  it.each([0, 1, 7])('passes %i of a hundred calls on a hundred connections', async (uses) => {
    const { token, grantId } = await gateway.grant({ usesLeft: uses });
    const before = upstream.seen.length;
    const seen = await statuses(token);
    expect(seen.filter((status) => status === '200')).toHaveLength(uses);
    expect(seen.filter((status) => status === '409 token_already_used')).toHaveLength(100 - uses);
    expect(upstream.seen).toHaveLength(before + uses);
    await expect.poll(() => gateway.rows.filter((row) => row.grantId === grantId)).toHaveLength(100);
  });

  it('shares its one use with the token that was made from it', async () => {
    const parent = await gateway.grant({ usesLeft: 1 });
    const child = await gateway.grant({ usesLeft: 5, parentGrantId: parent.grantId });
    const seen = (await Promise.all([statuses(child.token), statuses(parent.token)])).flat();
    expect(seen.filter((status) => status === '200')).toHaveLength(1);
    expect(seen.filter((status) => status === '409 token_already_used')).toHaveLength(199);
  });
});
