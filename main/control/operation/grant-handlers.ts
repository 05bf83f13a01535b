import { TollkeeperError } from '#shared/model/error.ts';
import { addPolicy } from '../approval/standing-policy.ts';
import type { Caller } from '../control.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type GrantOperation =
  | 'grant.list'
  | 'grant.revoke'
  | 'grant.topUp'
  | 'panic'
  | 'gateway.pause'
  | 'policy.list'
  | 'policy.add'
  | 'policy.remove';

const defaultLimit = 200;

/** Grants and the policies that make them. */
export function createGrantHandlers(context: HandlerContext): Handlers<GrantOperation> {
  const { clock, random } = context.options;
  return {
    'grant.list': ({ includeEnded, limit = defaultLimit }) => {
      const { grants } = context.core();
      return includeEnded === true ? [...grants.history(limit)] : [...grants.active()].reverse().slice(0, limit);
    },
    'grant.revoke': async ({ id }, caller) => {
      if (!revokeGrant(context, id, caller)) revokeToken(context, id, caller);
      await context.gatewayKnows();
      return {};
    },
    'grant.topUp': async ({ id, amountMicroUsd }, caller) => {
      const grant = context.core().grants.topUp(id, amountMicroUsd, caller.actor);
      await context.gatewayKnows();
      return grant;
    },
    panic: async (_input, caller) => {
      const core = context.core();
      const started = clock.monotonic();
      const running = context.intake.running();
      const grantsEnded = core.grants.endAll('panic', caller.actor);
      core.stop(caller.actor);
      const obeyed = context.gatewayObeys();
      const requestsDenied = core.desk.denyAll(caller.actor);
      const gatewayAnswered = await obeyed;
      const done = {
        ...{ grantsEnded, requestsDenied, callsCut: running.length },
        streamsCut: running.filter(({ stream }) => stream).length,
        durationMs: Math.ceil(clock.monotonic() - started),
        gatewayAnswered,
      };
      context.recorder.record({ event: 'panic', actor: caller.actor, subject: '', detail: done });
      return done;
    },
    'gateway.pause': async ({ paused }, caller) => {
      const core = context.core();
      if (core.paused !== paused) core.setPaused(paused, caller.actor);
      await context.gatewayKnows();
      return {};
    },
    'policy.list': () => [...context.core().registry.policies.list()],
    'policy.add': (draft, caller) => {
      const policy = addPolicy({ registry: context.core().registry, clock, random }, caller.actor, draft);
      context.changes.changed('policies');
      return policy;
    },
    'policy.remove': ({ id }, caller) => {
      const { registry } = context.core();
      registry.transaction(() => {
        if (!registry.policies.remove(id))
          throw new TollkeeperError('not_found', `There is no policy ${id}. \`toll policy list\` shows them.`);
        registry.audit.append({ event: 'policy-removed', actor: caller.actor, subject: id }, clock.now());
      });
      context.changes.changed('policies');
      return {};
    },
  };
}

function revokeGrant(context: HandlerContext, id: string, caller: Caller): boolean {
  const { grants } = context.core();
  const grant = grants.find(id);
  if (grant === null) return false;
  const hasEnded = grants.end(id, `revoked by ${caller.actor}`, caller.actor);
  if (!hasEnded)
    throw new TollkeeperError('conflict', `Grant ${id} had already ended (${grant.endedBy ?? 'unknown'}).`);
  return true;
}

/** What was handed on with the help of this token can’t be told from what another token of the grant handed on, so all of that ends. */
function revokeToken(context: HandlerContext, id: string, caller: Caller): void {
  const { registry } = context.core();
  const now = context.options.clock.now();
  const token = registry.tokens.find(id);
  if (token === null)
    throw new TollkeeperError('not_found', `There is no grant or token ${id}. \`toll grants\` shows the grants.`);
  registry.transaction(() => {
    if (!registry.tokens.revoke(id, now)) throw new TollkeeperError('conflict', `Token ${id} was already revoked.`);
    registry.audit.append(
      { event: 'token-revoked', actor: caller.actor, subject: id, detail: { grantId: token.grantId } },
      now,
    );
  });
  context.core().grants.endHandedOn(token.grantId);
  context.changes.changed('grants');
  context.pushSnapshot();
}
