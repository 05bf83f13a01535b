import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type { Clock } from '#shared/model/clock.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { WorkloadIdentitySupport } from '#shared/model/provider.ts';
import type { WorkloadIdentity } from '#shared/model/workload-identity.ts';
import { type IdentityKey, namesOf } from './identity-key.ts';

/** One exchange. */
export interface AssertionExchange {
  readonly support: WorkloadIdentitySupport;
  readonly providerName: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly identity: WorkloadIdentity;
  readonly key: IdentityKey;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
}

/** What came of it; a message is one sentence for a person, without anything secret. */
export type ExchangeOutcome =
  | {
      readonly outcome: 'given';
      readonly token: string /** Monotonic end, in milliseconds. */;
      readonly endsAt: number;
    }
  | { readonly outcome: 'rejected' | 'unreachable'; readonly message: string };

/** Seconds. The assertion is dated back a little for clocks that differ a little. */
const assertion = { lifetime: 300, datedBack: 30 } as const;
/** A provider's clock that differs by more than this is believed, in milliseconds. */
const toleratedSkewMs = 20_000;
const deadlineMs = 10_000;
const maxAnswerBytes = 64 * 1024;

const answerSchema = lazily(() =>
  z.object({
    access_token: z.string().min(1).max(16_384),
    expires_in: z.coerce.number().positive().max(86_400),
    token_type: z
      .string()
      .regex(/^bearer$/i)
      .optional(),
  }),
);
const refusalSchema = lazily(() => z.object({ error: z.string().max(100) }));

/**
 * Exchanges an assertion of ours for a token of some minutes. RFC 7523 section 2.1; the body is JSON as in
 * https://platform.claude.com/docs/en/manage-claude/wif-reference. When it is refused and the provider's clock shows another time,
 * one more is sent that is dated by that clock. Never rejects.
 */
export async function exchangeAssertion(exchange: AssertionExchange): Promise<ExchangeOutcome> {
  const first = await send(exchange, 0);
  if (first.outcome !== 'rejected' || Math.abs(first.skewMs) <= toleratedSkewMs) return first;
  return send(exchange, first.skewMs);
}

type Answer =
  | Extract<ExchangeOutcome, { readonly outcome: 'given' }>
  | { readonly outcome: 'unreachable'; readonly message: string }
  | Rejected;
interface Rejected {
  readonly outcome: 'rejected';
  readonly message: string;
  /** By how much the provider's clock is ahead of ours. */
  readonly skewMs: number;
}

async function send(exchange: AssertionExchange, skewMs: number): Promise<Answer> {
  const { support, baseUrl, providerName, clock } = exchange;
  const begunAt = clock.monotonic();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  try {
    const response = await exchange.fetch(`${baseUrl}${support.tokenPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...support.tokenHeaders },
      body: JSON.stringify(await bodyOf(exchange, skewMs)),
      redirect: 'error',
      signal: deadline.signal,
    });
    const text = await readLimited(response);
    if (!response.ok) return refusal(exchange, response, text);
    const answer = answerSchema.safeParse(parsed(text));
    return answer.success
      ? { outcome: 'given', token: answer.data.access_token, endsAt: begunAt + answer.data.expires_in * 1_000 }
      : { outcome: 'unreachable', message: `${providerName} answered something else than a token.` };
  } catch {
    const why = deadline.signal.aborted
      ? `did not answer within ${deadlineMs / 1_000} seconds`
      : 'could not be reached';
    return { outcome: 'unreachable', message: `${providerName} ${why} at ${baseUrl}.` };
  } finally {
    clearTimeout(timer);
  }
}

async function bodyOf(
  { identity, key, support, clock }: AssertionExchange,
  skewMs: number,
): Promise<Readonly<Record<string, string>>> {
  const { issuer, subject } = namesOf(key);
  const issuedAt = Math.floor((clock.now() + skewMs) / 1_000) - assertion.datedBack;
  const jwt = await new SignJWT()
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.kid })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(support.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + assertion.lifetime)
    .setJti(randomUUID())
    .sign(key.privateKey);
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: jwt,
    federation_rule_id: identity.ruleId,
    organization_id: identity.organizationId,
    service_account_id: identity.serviceAccountId,
    ...(identity.workspaceId === null ? {} : { workspace_id: identity.workspaceId }),
  };
}

function refusal({ providerName, clock }: AssertionExchange, response: Response, text: string): Answer {
  const isRefused = response.status === 400 || response.status === 401 || response.status === 403;
  if (!isRefused)
    return { outcome: 'unreachable', message: `${providerName} answered HTTP ${response.status} and gave no token.` };
  const told = refusalSchema.safeParse(parsed(text));
  const code = told.success && /^[a-z_]+$/.test(told.data.error) ? `, ${told.data.error}` : '';
  const theirs = Date.parse(response.headers.get('date') ?? '');
  return {
    outcome: 'rejected',
    message: `${providerName} gave no token (HTTP ${response.status}${code}). Does its rule still trust this installation?`,
    skewMs: Number.isNaN(theirs) ? 0 : theirs - clock.now(),
  };
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxAnswerBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
