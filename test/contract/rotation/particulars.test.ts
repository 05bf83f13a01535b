import { describe, expect, it, onTestFinished } from 'vitest';
import type { ConnectorContext, KeyHandle, RotationConnector } from '#main/control/rotation/connector.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { type KeyService, type ServiceShape, startKeyService } from './key-service.ts';
import { azureShape } from './shape/azure.ts';
import { bedrockShape } from './shape/bedrock.ts';
import { gitlabShape } from './shape/gitlab.ts';
import { googleShape } from './shape/google.ts';
import { openrouterShape } from './shape/openrouter.ts';
import { xaiShape } from './shape/xai.ts';

interface Bench {
  readonly service: KeyService;
  readonly connector: RotationConnector;
  /** Milliseconds of every pause. */
  readonly pauses: number[];
}

async function connected(shape: ServiceShape, change: Partial<ConnectorContext> = {}): Promise<Bench> {
  const service = await startKeyService(shape);
  onTestFinished(() => service.close());
  const pauses: number[] = [];
  const connector = shape.connect({
    ...{ provider: shape.provider, parameters: shape.parameters, support: service.support, fetch },
    ...{ baseUrl: service.baseUrl, clock: createFakeClock(), adminSecret: async () => shape.adminSecret },
    pause: async (milliseconds) => void pauses.push(milliseconds),
    ...change,
  });
  return { service, connector, pauses };
}

const handle = (id: string, secret: string): KeyHandle => ({ id, name: null, secret: async () => secret });

describe('xAI', () => {
  it('is asked whether a key is known to every cluster', async () => {
    const { service, connector } = await connected(xaiShape);
    service.pending = 1;
    expect(await connector.propagated?.('first')).toBe(false);
    expect(await connector.propagated?.('first')).toBe(true);
  });
});

describe('Google', () => {
  it('is given time to make a key', async () => {
    const { service, connector, pauses } = await connected(googleShape);
    service.pending = 3;
    const { secret } = await connector.create({ name: 'tollkeeper-a-2', old: null });
    expect(service.living()).toContain(secret);
    expect(pauses).toEqual([1_500, 1_500, 1_500]);
  });

  it('that takes too long leaves unknown whether there is a key, and so does one that then says no', async () => {
    const { service, connector } = await connected(googleShape);
    service.pending = 1_000;
    expect(await codeOf(connector.create({ name: 'tollkeeper-a-2', old: null }))).toBe('provider_outcome_unknown');
    service.pending = 1;
    service.faults.push({ kind: 'read', what: 'status', status: 403 });
    expect(await codeOf(connector.create({ name: 'tollkeeper-a-3', old: null }))).toBe('provider_outcome_unknown');
    expect(await connector.find('tollkeeper-a-3')).toHaveLength(1);
  });

  it('makes keys that act as the service account and can call Gemini alone', async () => {
    const { service, connector } = await connected(googleShape);
    await connector.create({ name: 'tollkeeper-a-2', old: null });
    expect(JSON.parse(service.bodies[0] ?? '')).toEqual({
      displayName: 'tollkeeper-a-2',
      serviceAccountEmail: 'gemini@my-project.iam.gserviceaccount.com',
      restrictions: { apiTargets: [{ service: 'generativelanguage.googleapis.com' }] },
    });
  });
});

describe('Azure', () => {
  it.each(['/subscriptions/s-1/../../other', 'https://attacker.example.com', '', '/subscriptions/s/x?y=/accounts/a'])(
    'is not called for %j, which is no resource',
    async (resource) => {
      const parameters = { ...azureShape.parameters, resource };
      const { service, connector } = await connected(azureShape, { parameters });
      expect(await codeOf(connector.identify(azureShape.firstSecret))).toBe('provider_refused');
      expect(service.calls).toEqual([]);
    },
  );

  it('leaves both keys alone when neither is the one in use', async () => {
    const { service, connector } = await connected(azureShape);
    expect(await codeOf(connector.create({ name: 'tollkeeper-a-2', old: null }))).toBe('provider_refused');
    expect(service.calls).not.toContain('create');
  });

  it('does not end what somebody else has put into the place of the old key', async () => {
    const { service, connector } = await connected(azureShape);
    await connector.revoke(handle('Key1', 'another-secret-that-was-here-before'));
    expect(service.living()).toContain(azureShape.firstSecret);
  });

  it('uses the two places in turn', async () => {
    const { connector } = await connected(azureShape);
    const second = await connector.create({ name: 'a', old: handle('Key1', azureShape.firstSecret) });
    const third = await connector.create({ name: 'b', old: handle('Key2', second.secret) });
    expect([second.id, third.id]).toEqual(['Key2', 'Key1']);
  });
});

describe('AWS', () => {
  const answering =
    (status: number, text: string): typeof fetch =>
    async () =>
      new Response(text, { status });

  it.each(['Throttling', 'ConcurrentModification', 'LimitExceeded'])('asks to wait with %s', async (code) => {
    const text = `<ErrorResponse><Error><Code>${code}</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`;
    const { connector } = await connected(bedrockShape, { fetch: answering(400, text) });
    expect(await codeOf(connector.revoke(handle('first', 'x')))).toBe('provider_busy');
  });

  it('is signed for, with the admin key’s secret nowhere in the request', async () => {
    const sent: string[] = [];
    const { service, connector } = await connected(bedrockShape, {
      fetch: async (url, init) => {
        sent.push(JSON.stringify([url, init]));
        return fetch(url, init);
      },
    });
    await connector.create({ name: 'a', old: handle('first', bedrockShape.firstSecret) });
    expect(service.calls).toEqual(['list', 'create']);
    expect(sent.join()).toContain('SignedHeaders=');
    expect(sent.join()).not.toContain('CANARYadmin');
  });

  it('has an ended key taken for none, although its place is still there', async () => {
    const { connector } = await connected(bedrockShape);
    const ended = bedrockShape.firstSecret.replace(/.{8}$/, 'AAAAAAA=');
    expect(await connector.identify(ended)).toBeNull();
  });
});

describe('GitLab', () => {
  it('gives the new token the life of the old one', async () => {
    const clock = { ...createFakeClock(), now: () => Date.parse('2026-10-31T12:00:00Z') };
    const { service, connector } = await connected(gitlabShape, { clock });
    await connector.create({ name: 'a', old: handle('1', gitlabShape.firstSecret) });
    expect(JSON.parse(service.bodies[0] ?? '')).toEqual({ expires_at: '2026-11-30' });
  });

  it('is never asked to replace a token that was replaced: it would end the new one', async () => {
    const { service, connector } = await connected(gitlabShape);
    const old = handle('1', gitlabShape.firstSecret);
    const { secret } = await connector.create({ name: 'a', old });
    expect(await codeOf(connector.create({ name: 'a', old }))).toBe('provider_refused');
    expect(service.calls.filter((kind) => kind === 'create')).toHaveLength(1);
    expect(service.living()).toEqual([secret]);
  });
});

describe('a list of keys', () => {
  it('that does not end is refused', async () => {
    const page = { data: Array.from({ length: 2 }, (_, index) => entryOf(index)) };
    const endless: typeof fetch = async () => Response.json(page);
    const { connector } = await connected(openrouterShape, { fetch: endless });
    expect(await codeOf(connector.find('tollkeeper-a-2'))).toBe('provider_refused');
  });

  it('with two keys that look like the one in use tells of neither', async () => {
    const entries: typeof fetch = async (url) =>
      Response.json({ data: String(url).includes('offset=0') ? [entryOf(1), entryOf(2)] : [] });
    const { connector } = await connected(openrouterShape, { fetch: entries });
    expect(await connector.identify(openrouterShape.firstSecret)).toBeNull();
  });
});

function entryOf(index: number) {
  const label = `${openrouterShape.firstSecret.slice(0, 12)}...${openrouterShape.firstSecret.slice(-3)}`;
  return { hash: `h-${index}`, name: `n-${index}`, label, disabled: false, created_at: '2026-11-01T00:00:00Z' };
}
