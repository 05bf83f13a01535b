import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Settlement } from '../approval/access-case.ts';
import type { AccessAuthority, AccessDecision } from '../authorization-server/authorization-server-options.ts';
import type { CallerInspector } from '../binding/caller-inspector.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { Core } from './open-core.ts';

/** What the authority needs besides the core. */
export interface AccessSurroundings {
  readonly clock: Clock;
  readonly recorder: Pick<EventRecorder, 'record'>;
  /** Resolves when the gateway has applied everything decided so far, or does not answer in time. */
  readonly gatewayKnows: () => Promise<void>;
  /** May the process behind this connection use the tokens of a bound grant? Never rejects. */
  readonly inspectCaller: CallerInspector['inspect'];
}

/** Gives the authorization server its say over access: the same desk, grants and tokens that the control channel has. */
export function createAccessAuthority(
  core: Core,
  { clock, recorder, gatewayKnows, inspectCaller }: AccessSurroundings,
): AccessAuthority {
  return {
    async request(ask) {
      const asked = core.desk.ask(ask);
      return { requestId: asked.id, userCode: asked.userCode, decision: asked.settled.then(decisionOf) };
    },
    isWaiting: (requestId) => core.desk.isWaiting(requestId),
    async issue(wish) {
      try {
        return await core.issuer.issue(wish);
      } catch (error) {
        if (error instanceof TollkeeperError && error.code === 'access_denied') return null;
        throw error;
      }
    },
    handOn({ subject, delegate, wish }) {
      const child = core.grants.handOn({ parentGrantId: subject.grantId, delegate, wish });
      return { grantId: child.id };
    },
    livingGrant(grantId) {
      const grant = core.grants.find(grantId);
      if (grant?.status !== 'active') return null;
      const { tool, scopes, uses, budgetMicroUsd, purpose } = grant;
      const times = { createdAt: Date.parse(grant.createdAt), expiresAt: Date.parse(grant.expiresAt) };
      return { tool, scopes, uses, budgetMicroUsd, purpose, ...times };
    },
    async readToken(presented, from) {
      const read = await core.issuer.read(presented);
      if (read === null) return null;
      const { record, grant, clientId, delegates } = read;
      if (from !== undefined && grant.binding !== null) {
        const verdict = from === null ? 'unknown' : await inspectCaller(grant.id, from);
        if (verdict !== 'allowed') return null;
      }
      return {
        tokenId: record.id,
        grantId: grant.id,
        tool: grant.tool,
        clientId,
        scopes: grant.scopes,
        issuedAt: record.issuedAt,
        expiresAt: record.expiresAt,
        keyThumbprint: record.keyThumbprint,
        delegates,
      };
    },
    async revoke(token) {
      core.grants.end(token.grantId, 'revoked by client', 'client');
      await gatewayKnows();
    },
    async endReused({ grantId, clientId, what }) {
      core.grants.end(grantId, `${what}-reused`, 'system');
      const detail = { clientId, tool: core.grants.find(grantId)?.tool ?? null };
      recorder.record({ event: `${what}-reused`, actor: 'client', subject: grantId, detail });
      await gatewayKnows();
    },
    clientRegistered({ clientId, name }) {
      core.registry.audit.append(
        { event: 'client-registered', actor: 'client', subject: clientId, detail: { name } },
        clock.now(),
      );
    },
  };
}

function decisionOf(settlement: Settlement): AccessDecision {
  return settlement.outcome === 'granted'
    ? { outcome: 'granted', grantId: settlement.grant.id }
    : { outcome: settlement.outcome };
}
