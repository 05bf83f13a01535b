import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttackTarget } from '#main/cli/doctor/attack/attack.ts';
import { attacks } from '#main/cli/doctor/attack/attacks.ts';
import { createProofKey } from '#main/cli/doctor/attack/proof-key.ts';
import { type StandIn, startStandIn } from '#main/cli/doctor/attack/stand-in.ts';
import { createAuthority, createLeaf, validity } from '#main/control/tls/certificate.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';

/** The attacks of `toll doctor --attack`, on a gateway of the suite. */
const provider = 'attack-suite';
const ofTheMachine = new Set(['other-interfaces', 'file-modes', 'secrets-on-disk', 'stolen-token']);
let folder: string;
let standIn: StandIn;
let gateway: TestGateway;
let target: AttackTarget;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollkeeper-test-'));
  const socketPath = join(folder, 'gateway.sock');
  const surroundings = { now: Date.now(), random: (bytes: number) => randomBytes(bytes) };
  const authority = createAuthority(surroundings);
  const leaf = createLeaf(authority, surroundings.now + validity.authority, surroundings);
  standIn = await startStandIn();
  const key = canaryKey(provider);
  gateway = await startTestGateway({
    upstreams: [{ provider, definition: 'custom', baseUrl: `${standIn.origin}/v1`, secret: key }],
    configuration: { socketPath, tls: { port: 0, chain: leaf.certificate, privateKey: leaf.privateKey } },
  });
  const { tls } = await gateway.doors((doors) => doors.tls !== null);
  const grant = async (usesLeft: number | null) =>
    gateway.grant({ tool: 'attack', scopes: [`${provider}:chat`], usesLeft });
  const ended = await grant(null);
  const proofKey = createProofKey();
  const claims = { cnf: { jkt: proofKey.thumbprint } };
  const proven = await gateway.grant({ tool: 'attack', scopes: [`${provider}:chat`], claims });
  const tokens = {
    plain: (await grant(null)).token,
    once: (await grant(1)).token,
    bound: null,
    proven: proven.token,
    ended: ended.token,
  };
  await gateway.revoke(ended.grantId);
  target = {
    ...{ port: gateway.port, tlsPort: tls?.port ?? null, socketPath, provider, key },
    ...{ tokens, standIn, proofKey, now: Date.now, machine: null },
  };
});

afterAll(async () => {
  await gateway.close();
  await standIn.close();
  await rm(folder, { recursive: true });
});

describe('an attack', () => {
  it.each(attacks.filter(({ id }) => !ofTheMachine.has(id)).map((attack) => [attack.id, attack] as const))(
    '%s does not get through',
    async (_id, attack) => {
      const { outcome, seen } = await attack.run(target);
      expect(`${outcome}: ${seen}`).toMatch(/^held: /);
    },
  );

  it('is named once', () => {
    expect(new Set(attacks.map(({ id }) => id)).size).toBe(attacks.length);
  });
});
