import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { AccessDecision, AuthorizationServerOptions, PendingAccess } from './authorization-server-options.ts';

/** Milliseconds after the answer in which the code can be redeemed. RFC 6749 section 4.1.2 allows ten minutes at most. */
export const codeLifetimeMs = 60_000;

/** Kept a good while after, so that a second use of a code is known for what it is. */
const keepMs = 2 * 60 * 60 * 1_000;

const model = 'CodeRequest';
const secretBytes = 32;

const draftSchema = lazily(() =>
  z.object({
    clientId: z.string(),
    tool: z.string(),
    redirectUri: z.string(),
    state: z.string().nullable(),
    /** S256 challenge, RFC 7636 section 4.2. */
    codeChallenge: z.string(),
    scopes: z.array(z.string()),
    shape: z.object({ refresh: z.boolean(), details: z.boolean() }),
  }),
);

const recordSchema = lazily(() =>
  draftSchema.extend({
    requestId: z.string(),
    userCode: z.string(),
    decision: z
      .discriminatedUnion('outcome', [
        z.object({ outcome: z.literal('granted'), grantId: z.string() }),
        z.object({ outcome: z.literal('denied') }),
        z.object({ outcome: z.literal('expired') }),
      ])
      .nullable(),
    /** Milliseconds since the epoch; null before the answer. */
    decidedAt: z.number().nullable(),
  }),
);

/** What a client asked for by way of the browser, once it was found to be in order. */
export type CodeRequestDraft = Readonly<z.infer<typeof draftSchema>>;

/** The same with how it stands. */
export type CodeRequest = Readonly<z.infer<typeof recordSchema>> & {
  /** Names it on the waiting page; 256 bits, base64url. */
  readonly ticket: string;
  /** 256 bits, base64url; it is given to the client once access was granted. */
  readonly code: string;
  readonly isRedeemed: boolean;
};

/** The requests of the code flow: asked, answered, redeemed; they survive a restart. */
export interface CodeRequests {
  /** Remembers a request, and its decision as soon as there is one. */
  open(draft: CodeRequestDraft, pending: PendingAccess): CodeRequest;
  find(ticket: string): CodeRequest | null;
  findByCode(code: string): CodeRequest | null;
  /** The one that waits and is equal in every part, so that a page that is loaded again asks nobody again; null for none. */
  findEqual(draft: CodeRequestDraft): CodeRequest | null;
  /** How many of this client wait. */
  countOpen(clientId: string): number;
  /** True while this server itself still listens for the decision. */
  isOpen(requestId: string): boolean;
  /** Resolves when it is decided, at once when nobody here waits for that any more. */
  settled(ticket: string): Promise<void>;
  /** False when the code was redeemed before. */
  redeem(ticket: string): boolean;
  /** Lets a code be redeemed again whose token could not be made. */
  release(request: CodeRequest): void;
}

/** What they are kept with. */
export type CodeRequestsOptions = Pick<AuthorizationServerOptions, 'state' | 'clock' | 'log'>;

interface OpenRequest {
  readonly clientId: string;
  readonly requestId: string;
  readonly fingerprint: string;
  readonly settled: Promise<void>;
}

/** Makes them over the registry's OAuth state. */
export function createCodeRequests({ state, clock, log }: CodeRequestsOptions): CodeRequests {
  const open = new Map<string, OpenRequest>();

  function write(request: CodeRequest): void {
    const { ticket, code, isRedeemed, ...payload } = request;
    const consumedAt = isRedeemed ? clock.now() : null;
    const expiresAt = clock.now() + keepMs;
    state.upsert({
      ...{ model, id: ticket, uid: code, payload },
      ...{ grantId: null, userCode: null, consumedAt, expiresAt },
    });
  }

  function read(artifact: ReturnType<typeof state.find>): CodeRequest | null {
    const parsed = recordSchema.safeParse(artifact?.payload);
    if (artifact === null || !parsed.success) return null;
    return { ...parsed.data, ticket: artifact.id, code: artifact.uid ?? '', isRedeemed: artifact.consumedAt !== null };
  }

  const find = (ticket: string): CodeRequest | null => read(state.find(model, ticket));

  async function keepDecision(ticket: string, decision: Promise<AccessDecision>): Promise<void> {
    const decided = await decision;
    open.delete(ticket);
    try {
      const request = find(ticket);
      if (request !== null) write({ ...request, decision: decided, decidedAt: clock.now() });
    } catch {
      log('code-decision-not-kept', { outcome: decided.outcome });
    }
  }

  return {
    open(draft, { requestId, userCode, decision }) {
      const ticket = newSecret();
      const request: CodeRequest = {
        ...draft,
        ...{ requestId, userCode, decision: null, decidedAt: null },
        ...{ ticket, code: newSecret(), isRedeemed: false },
      };
      write(request);
      const opened = { clientId: draft.clientId, requestId, fingerprint: fingerprintOf(draft) };
      const settled = Promise.resolve().then(() => keepDecision(ticket, decision));
      open.set(ticket, { ...opened, settled });
      return request;
    },
    find,
    findByCode: (code) => read(state.findByUid(model, code)),
    findEqual(draft) {
      const fingerprint = fingerprintOf(draft);
      const ticket = [...open].find(([, request]) => request.fingerprint === fingerprint)?.[0];
      return ticket === undefined ? null : find(ticket);
    },
    countOpen: (clientId) => [...open.values()].filter((request) => request.clientId === clientId).length,
    isOpen: (requestId) => [...open.values()].some((request) => request.requestId === requestId),
    settled: (ticket) => open.get(ticket)?.settled ?? Promise.resolve(),
    redeem: (ticket) => state.consume(model, ticket, clock.now()),
    release: (request) => write({ ...request, isRedeemed: false }),
  };
}

function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

function fingerprintOf(draft: CodeRequestDraft): string {
  const parts = draftSchema.parse(draft);
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
