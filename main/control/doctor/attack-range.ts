import type { OperationArguments, OperationOutput } from '#shared/contract/operations.ts';
import type { UpstreamLease } from '#shared/contract/port.ts';
import type { Grant } from '#shared/model/access.ts';
import type { GrantBinding } from '#shared/model/binding.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { customDefinitionId } from '#shared/provider/index.ts';
import type { Caller } from '../control.ts';
import type { Core } from '../core/open-core.ts';

/** The name under which the doctor's calls stand in grants, ledger and audit log. */
export const attackTool = 'toll-doctor';

const lifetimeSeconds = 120;
const providerBytes = 4;
const keyBytes = 24;

type Wish = OperationArguments<'attack.begin'>;
type Begun = OperationOutput<'attack.begin'>;

/** Where the doctor attacks this installation: a provider, a key and grants that are good for nothing else. */
export interface AttackRange {
  /** The stand-in, while an attack runs. */
  readonly upstreams: readonly UpstreamLease[];
  /** Key and tokens of the attack that runs, which must not be found anywhere. */
  readonly secrets: readonly string[];
  /** Rejects with `conflict` while another attack runs. */
  begin(wish: Wish, caller: Caller): Promise<Begun>;
  /** Ends everything that `begin` made; nothing happens when no attack runs. */
  end(): Promise<void>;
}

/** What the range is made from. */
export interface AttackRangeOptions {
  readonly core: () => Core;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly pushSnapshot: () => void;
  readonly gatewayKnows: () => Promise<void>;
}

interface Run {
  readonly lease: UpstreamLease;
  readonly grantIds: readonly string[];
  readonly tokens: readonly string[];
}

/** Makes a range on which nothing happens. */
export function createAttackRange(options: AttackRangeOptions): AttackRange {
  const { clock, random } = options;
  let run: Run | null = null;

  const hex = (bytes: number): string => Buffer.from(random(bytes)).toString('hex');

  function makeLease(origin: string): UpstreamLease {
    return {
      provider: `attack-${hex(providerBytes)}`,
      definition: customDefinitionId,
      credentialId: 'attack',
      credentialVersion: 1,
      baseUrl: `${origin}/v1`,
      secret: `sk-attack-${hex(keyBytes)}`,
      isDefault: true,
      weight: 1,
      acceptedAt: null,
    };
  }

  function makeGrants(provider: string, caller: Caller): Readonly<Record<keyof Begun['tokens'], Grant>> {
    const { registry, grants } = options.core();
    const elsewhere: GrantBinding = {
      kind: 'tree',
      name: 'tollkeeper',
      root: { pid: process.pid, startedAt: 'attack' },
    };
    const insert = (uses: number | null, binding: GrantBinding | null): Grant =>
      grants.insert({
        ...{ requestId: 'attack', tool: attackTool, purpose: 'toll doctor --attack', binding },
        ...{ process: caller.process, approvedBy: caller.actor },
        terms: {
          ...{ scopes: [`${provider}:chat`], ttlSeconds: lifetimeSeconds, uses },
          ...{ budgetMicroUsd: null, untilLock: false },
        },
      });
    const made = registry.transaction(() => {
      const inserted = {
        ...{
          plain: insert(null, null),
          once: insert(1, null),
          bound: insert(null, elsewhere),
          proven: insert(null, null),
          ended: insert(null, null),
        },
      };
      const detail = { provider, grants: Object.values(inserted).map(({ id }) => id) };
      registry.audit.append({ event: 'attack-begun', actor: caller.actor, subject: attackTool, detail }, clock.now());
      return inserted;
    });
    for (const grant of Object.values(made)) grants.activate(grant);
    return made;
  }

  async function end(): Promise<void> {
    const ending = run;
    if (ending === null) return;
    run = null;
    const { registry, grants } = options.core();
    for (const id of ending.grantIds) grants.end(id, 'run-exited', 'client');
    const subject = attackTool;
    registry.audit.append({ event: 'attack-ended', actor: 'client', subject, detail: {} }, clock.now());
    options.pushSnapshot();
    await options.gatewayKnows();
  }

  return {
    get upstreams() {
      return run === null ? [] : [run.lease];
    },
    get secrets() {
      return run === null ? [] : [run.lease.secret, ...run.tokens];
    },
    async begin({ origin, keyThumbprint }, caller) {
      if (run !== null) throw new TollkeeperError('conflict', 'Another attack of the doctor runs. Wait for its end.');
      const lease = makeLease(origin);
      run = { lease, grantIds: [], tokens: [] };
      const made = makeGrants(lease.provider, caller);
      run = { ...run, grantIds: Object.values(made).map(({ id }) => id) };
      caller.onDisconnect(() => void end().catch(() => undefined));
      options.pushSnapshot();
      const { issuer, grants } = options.core();
      const issue = async ({ id }: Grant, thumbprint: string | null = null): Promise<string> =>
        (await issuer.issue({ grantId: id, clientId: attackTool, reference: false, keyThumbprint: thumbprint })).token;
      const tokens = {
        plain: await issue(made.plain),
        once: await issue(made.once),
        bound: await issue(made.bound),
        proven: await issue(made.proven, keyThumbprint),
        ended: await issue(made.ended),
      };
      grants.end(made.ended.id, 'run-exited', 'client');
      run = { ...run, tokens: Object.values(tokens) };
      await options.gatewayKnows();
      return { provider: lease.provider, key: lease.secret, tokens };
    },
    end,
  };
}
