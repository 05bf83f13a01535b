import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createFactsReader } from '#main/control/usage/facts-reader.ts';
import type {
  GatewayConfiguration,
  GatewayMessage,
  GrantLease,
  Snapshot,
  TlsLease,
  UpstreamLease,
} from '#shared/contract/port.ts';
import type { CallerVerdict } from '#shared/model/binding.ts';
import type { CredentialHealth } from '#shared/model/credential.ts';
import { plainNetwork } from '#shared/model/network.ts';
import type { PriceTables } from '#shared/model/price.ts';
import type { LoopbackConnection } from '#shared/model/process.ts';
import type { RunningRequest, UsageRecord } from '#shared/model/usage.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { shippedPrices } from '#test/fixtures/shipped-prices.ts';
import { chosenHost } from './gateway-host.ts';

/** A gateway for one suite, with the part of control played by the test. */
export interface TestGateway {
  readonly url: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly rows: UsageRecord[];
  readonly opened: RunningRequest[];
  readonly progress: { readonly requestId: string; readonly outputTokens: number }[];
  /** What was told of how credentials do, in order. */
  readonly health: { readonly credentialId: string; readonly health: CredentialHealth }[];
  /** How calls that tried a new key went, in order: the status of a refusal, or null. */
  readonly canaryCalls: (number | null)[];
  /** Calls in flight that hold this version of a key. */
  countKey(credentialId: string, version: number): Promise<number>;
  /** Makes a grant and a JWT for it. */
  grant(
    options?: Partial<GrantLease> & {
      readonly claims?: Readonly<Record<string, unknown>>;
      readonly expiresIn?: number;
      readonly typ?: string;
    },
  ): Promise<TestGrant>;
  /** Makes a reference token for a grant. */
  reference(grantId: string): Promise<string>;
  /** Sends a snapshot with these changes and waits until it is in force. */
  update(change: Partial<Snapshot>): Promise<void>;
  /** Takes back what the gateway holds against its keys, as a key that was verified does. */
  heal(): Promise<void>;
  /** Gives the gateway other prices, and waits until they hold. */
  applyPrices(prices: PriceTables): Promise<void>;
  /** Tells the gateway another way to the network, which holds from then on. */
  applyNetwork(plan: Pick<GatewayConfiguration, 'network' | 'timeouts'>): void;
  /** Opens, moves or closes the TLS door. */
  applyTls(lease: TlsLease | null): void;
  /** Resolves with the doors beside the plain one, when it was told of such as `wanted` accepts. */
  doors(wanted: (doors: TestDoors) => boolean): Promise<TestDoors>;
  /** What was told of them last. */
  readonly latestDoors: TestDoors | null;
  /** Drops a grant from the snapshot and waits until that is in force. */
  revoke(grantId: string): Promise<void>;
  /** Resolves with the row that `wanted` accepts, once it has been reported. */
  row(wanted: string | ((row: UsageRecord) => boolean)): Promise<UsageRecord>;
  /** Shuts down and resolves when the process says it is done. */
  close(graceMs?: number): Promise<void>;
}

/** What a gateway tells of the doors beside the plain one. */
export type TestDoors = Extract<GatewayMessage, { type: 'doors-changed' }>;

/** A grant of the tests and its token. */
export interface TestGrant {
  readonly grantId: string;
  readonly tokenId: string;
  readonly token: string;
}

/** What a suite may set. */
export interface TestGatewayOptions {
  readonly upstreams: readonly Partial<UpstreamLease>[];
  readonly configuration?: Partial<GatewayConfiguration>;
  /** Answers for control who may use the tokens of a bound grant; without it nobody answers. */
  readonly checkCaller?: (grantId: string, connection: LoopbackConnection) => Promise<CallerVerdict>;
}

/** The keys that the upstreams of the tests take. */
export function keyOf(provider: string): string {
  return canaryKey(provider);
}

const issuer = 'http://127.0.0.1:8377';

/** Starts a gateway on a free port in the host that the environment chooses. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  let snapshot: Snapshot = {
    version: 1,
    issuer,
    audience: issuer,
    jwks: { keys: [jwk] },
    upstreams: options.upstreams.map(leaseOf),
    aliases: [],
    grants: [],
    limits: [],
    revokedTokenIds: [],
    referenceTokens: [],
    paused: false,
  };
  const gateway = chosenHost()();
  let heals = 0;
  const rows: UsageRecord[] = [];
  const opened: RunningRequest[] = [];
  const progress: { requestId: string; outputTokens: number }[] = [];
  const health: { credentialId: string; health: CredentialHealth }[] = [];
  const canaryCalls: (number | null)[] = [];
  let questions = 0;
  const rowLooks = new Set<() => void>();
  const listeners = new Set<(message: GatewayMessage) => void>();
  let latestDoors: TestDoors | null = null;
  gateway.onMessage((message) => {
    if (message.type === 'doors-changed') latestDoors = message;
    if (message.type === 'check-caller') {
      const { questionId, grantId, connection } = message;
      void options
        .checkCaller?.(grantId, connection)
        .then((verdict) => gateway.send({ type: 'caller-checked', questionId, verdict }));
    }
    if (message.type === 'canary-called') canaryCalls.push(message.refused);
    if (message.type === 'health-changed') health.push(...message.credentials);
    for (const listener of [...listeners]) listener(message);
  });
  const reader = createFactsReader(() => undefined);
  gateway.onFacts((bytes) => {
    for (const frame of reader.read(bytes)) {
      rows.push(...frame.settled.flatMap((group) => group.records()));
      opened.push(...frame.opened);
      progress.push(...frame.progress);
    }
    for (const look of [...rowLooks]) look();
  });

  function next<T>(pick: (message: GatewayMessage) => T | null): Promise<T> {
    return new Promise((resolve) => {
      const listener = (message: GatewayMessage): void => {
        const picked = pick(message);
        if (picked !== null) {
          listeners.delete(listener);
          resolve(picked);
        }
      };
      listeners.add(listener);
    });
  }

  const configuration: GatewayConfiguration = {
    port: 0,
    authorizationServerPath: '/nonexistent/authorization.sock',
    socketPath: '/nonexistent/gateway.sock',
    tls: null,
    timeouts: { connect: 5_000, firstByte: 10_000, idle: 10_000 },
    network: plainNetwork,
    maxBodyBytes: 512 * 1024 * 1024,
    ...options.configuration,
  };
  const listening = next((message) =>
    message.type === 'listening' || message.type === 'listen-failed' ? message : null,
  );
  gateway.send({ type: 'apply-prices', prices: shippedPrices() });
  gateway.send({ type: 'configure', configuration, snapshot });
  const started = await listening;
  if (started.type !== 'listening') {
    throw new Error(started.message);
  }

  async function update(change: Partial<Snapshot>): Promise<void> {
    snapshot = { ...snapshot, ...change, version: snapshot.version + 1 };
    const { version } = snapshot;
    const applied = next((message) =>
      message.type === 'snapshot-applied' && message.version >= version ? true : null,
    );
    gateway.send({ type: 'apply-snapshot', snapshot });
    await applied;
  }

  return {
    url: `http://127.0.0.1:${started.port}`,
    port: started.port,
    addresses: started.addresses,
    rows,
    opened,
    progress,
    health,
    canaryCalls,
    update,
    countKey(credentialId, version) {
      questions += 1;
      const questionId = questions;
      const answered = next((message) =>
        message.type === 'key-counted' && message.questionId === questionId ? message.calls : null,
      );
      gateway.send({ type: 'count-key', questionId, credentialId, version });
      return answered;
    },
    async grant({ claims = {}, expiresIn = 900, typ = 'at+jwt', ...lease } = {}) {
      const grantId = lease.grantId ?? `grant-${randomUUID()}`;
      const tokenId = randomUUID();
      const expiresAt = Date.now() + expiresIn * 1_000;
      const granted: GrantLease = {
        ...{ grantId, tool: 'test-tool', scopes: ['*:*'], expiresAt },
        ...{ usesLeft: null, budgetLeftMicroUsd: null, budgetMicroUsd: null, queryToken: false },
        ...lease,
      };
      await update({ grants: [...snapshot.grants, granted] });
      const token = await new SignJWT({
        ...{ iss: issuer, aud: issuer, sub: granted.tool, client_id: granted.tool, scope: granted.scopes.join(' ') },
        ...{ iat: Math.floor(Date.now() / 1_000), exp: Math.floor(expiresAt / 1_000), jti: tokenId, grant_id: grantId },
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ, kid: 'test' })
        .sign(privateKey);
      return { grantId, tokenId, token };
    },
    async reference(grantId) {
      const token = `tk_${randomUUID().replaceAll('-', '')}`;
      const hash = createHash('sha256').update(token).digest('base64url');
      const reference = { hash, grantId, tokenId: randomUUID(), expiresAt: Date.now() + 900_000 };
      await update({ referenceTokens: [...snapshot.referenceTokens, reference] });
      return token;
    },
    async applyPrices(prices) {
      gateway.send({ type: 'apply-prices', prices });
      await update({});
    },
    get latestDoors() {
      return latestDoors;
    },
    applyTls(lease) {
      latestDoors = null;
      gateway.send({ type: 'apply-tls', tls: lease });
    },
    doors(wanted) {
      if (latestDoors !== null && wanted(latestDoors)) return Promise.resolve(latestDoors);
      return next((message) => (message.type === 'doors-changed' && wanted(message) ? message : null));
    },
    applyNetwork: ({ network, timeouts }) => gateway.send({ type: 'apply-network', network, timeouts }),
    heal() {
      heals += 1;
      return update({ upstreams: snapshot.upstreams.map((lease) => ({ ...lease, acceptedAt: heals })) });
    },
    revoke: (grantId) => update({ grants: snapshot.grants.filter((grant) => grant.grantId !== grantId) }),
    row(wanted) {
      const matches = typeof wanted === 'string' ? (row: UsageRecord) => row.requestId === wanted : wanted;
      const known = rows.find(matches);
      if (known !== undefined) {
        return Promise.resolve(known);
      }
      return new Promise((resolve) => {
        const look = (): void => {
          const row = rows.find(matches);
          if (row === undefined) return;
          rowLooks.delete(look);
          resolve(row);
        };
        rowLooks.add(look);
      });
    },
    async close(graceMs = 0) {
      const done = next((message) => (message.type === 'shut-down-complete' ? true : null));
      gateway.send({ type: 'shut-down', graceMs });
      await done;
    },
  };
}

/** A lease with what is not said filled in. */
export function leaseOf(lease: Partial<UpstreamLease>, index: number): UpstreamLease {
  const provider = lease.provider ?? 'openai';
  return {
    ...{ provider, definition: provider, credentialId: `credential-${index + 1}`, credentialVersion: 1 },
    ...{ baseUrl: 'http://127.0.0.1:9/v1', secret: keyOf(provider), isDefault: true },
    ...{ weight: null, acceptedAt: null },
    ...lease,
  };
}
