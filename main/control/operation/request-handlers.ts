import { TollkeeperError } from '#shared/model/error.ts';
import type { Settlement } from '../approval/access-case.ts';
import { reportApprovals } from '../approval/report-approvals.ts';
import { chooseBinding } from '../binding/choose-binding.ts';
import { withProgramHash } from '../binding/with-program-hash.ts';
import type { Caller } from '../control.ts';
import type { Core } from '../core/open-core.ts';
import { createGrantHolders } from '../grant/grant-holders.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type RequestOperation =
  | 'request.list'
  | 'request.create'
  | 'request.wait'
  | 'request.approve'
  | 'request.deny'
  | 'request.silenced'
  | 'request.listen'
  | 'approval.report';

/** Token requests: asking, waiting for the answer, answering. */
export function createRequestHandlers(context: HandlerContext): Handlers<RequestOperation> {
  const holders = createGrantHolders((grantId) => {
    if (context.status.isReady()) context.core().grants.end(grantId, 'run-exited', 'client');
  });
  return {
    'request.list': () => [...context.core().desk.waiting()],
    'request.create': async ({ bind, ...demand }, caller) => {
      const { peers } = context.options;
      const [process, binding] = await Promise.all([
        withProgramHash(caller.process, peers),
        bind === undefined ? null : chooseBinding(bind, caller.process, peers),
      ]);
      const asked = context.core().desk.ask({ demand, channel: 'control-socket', process, binding, userCode: null });
      const { id, userCode, expiresAt, isInInbox } = asked;
      return { id, userCode, expiresAt, isInInbox };
    },
    'request.wait': async (input, caller) => {
      const core = context.core();
      const wait = watchConnection(core, { id: input.id, caller });
      const { grant, endsAt } = grantedOf(await core.desk.collect(input.id).finally(wait.end));
      if (input.bindToConnection === true) holders.hold(grant.id, caller);
      const signed = await core.issuer.issue({
        grantId: grant.id,
        clientId: grant.tool,
        reference: input.reference ?? false,
        lifetimeSeconds: endsAt === undefined ? null : (endsAt - context.options.clock.now()) / 1_000,
      });
      return {
        id: input.id,
        grantId: grant.id,
        token: signed.token,
        expiresAt: new Date(signed.expiresAt).toISOString(),
        scopes: [...signed.scopes],
      };
    },
    'request.approve': async ({ id, approval }, caller) => {
      const core = context.core();
      const grant = core.desk.approve(id, approval, caller.actor);
      if (core.stopped) core.setPaused(false, caller.actor);
      await context.gatewayKnows();
      return { grantId: grant.id };
    },
    'request.deny': ({ id, always }, caller) => {
      context.core().desk.deny(id, { always: always ?? false, actor: caller.actor });
      return {};
    },
    'request.silenced': () => [...context.core().desk.silenced()],
    'request.listen': ({ id }, caller) => {
      context.core().desk.listen(id, caller.actor);
      return {};
    },
    'approval.report': ({ days }) => reportApprovals(context.core().registry, { clock: context.options.clock, days }),
  };

  /** A tool that gives up waiting withdraws its request, unless others wait for the same one. */
  function watchConnection(core: Core, wait: { readonly id: string; readonly caller: Caller }): { end(): void } {
    let isWaiting = true;
    wait.caller.onDisconnect(() => {
      if (isWaiting) core.desk.withdraw(wait.id);
    });
    return {
      end() {
        isWaiting = false;
      },
    };
  }
}

function grantedOf(settlement: Settlement): Extract<Settlement, { outcome: 'granted' }> {
  if (settlement.outcome === 'granted') return settlement;
  if (settlement.outcome === 'expired') throw new TollkeeperError('request_expired');
  throw new TollkeeperError('access_denied', denialMessages[settlement.by] ?? 'The request was denied.');
}

const denialMessages: Readonly<Record<string, string>> = {
  policy: 'The request was denied by a standing policy. See `toll policy list`.',
  client: 'The request was withdrawn.',
};
