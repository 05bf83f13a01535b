import { type AccessDemand, accessDemandSchema, tokenLifetime } from '#shared/model/access.ts';
import { scopeListSchema } from '#shared/model/scope.ts';
import { type GatewayDetails, limitsOf, readGatewayDetails, scopesOf } from './gateway-details.ts';

/** A part of a request for access that can't be used: the OAuth error code and a sentence for its description. */
export interface DemandFault {
  readonly error: 'invalid_scope' | 'invalid_request' | 'invalid_authorization_details';
  readonly description: string;
}

/** What the token's answer holds besides the token, once there is one. */
export interface AnswerShape {
  /** A refresh token. */
  readonly refresh: boolean;
  /** `authorization_details` as granted. RFC 9396 section 7. */
  readonly details: boolean;
}

/** Either the demand that the form makes, or what is wrong with it. */
export type DemandReading =
  | { readonly demand: AccessDemand; readonly shape: AnswerShape; readonly fault: null }
  | { readonly demand: null; readonly shape: null; readonly fault: DemandFault };

/** Who asks, as far as the reading of its form depends on it. */
export interface DemandingClient {
  /** The tool's name as the prompt will show it. */
  readonly tool: string;
  /** Whether the client gets a refresh token: when it asks by the scope `offline_access`, or whether or not it does. */
  readonly refresh: 'never' | 'when-asked' | 'always';
}

/** Our additions to RFC 6749 section 4.1.1 and RFC 8628 section 3.1, all optional; `scope` is theirs. */
export const demandParameters = {
  /** Lifetime of the access, whole seconds. */
  ttl: 'tollkeeper_ttl',
  /** Number of gateway requests. */
  uses: 'tollkeeper_uses',
  /** US dollars with at most six decimals, such as `2.50`. */
  budget: 'tollkeeper_budget',
  /** One sentence for the person who decides. */
  purpose: 'tollkeeper_purpose',
} as const;

/** Every parameter that a demand is read from. */
export const demandFields = ['scope', 'authorization_details', ...Object.values(demandParameters)] as const;

/** Fields of the form that a demand is read from; each may be missing. */
export type DemandForm = Readonly<Partial<Record<(typeof demandFields)[number], string | undefined>>>;

/** The scope by which a client asks for a refresh token; it is no right at the gateway. OpenID Connect Core section 11. */
export const offlineScope = 'offline_access';

/** Seconds of access that a client asks for which can refresh and names no time: a working day, which the prompt can shorten. */
const refreshableSeconds = 8 * 60 * 60;

const wholeNumberPattern = /^\d{1,9}$/;
const dollarPattern = /^(\d{1,7})(?:\.(\d{1,6}))?$/;

/**
 * Reads what a tool asks for from its form. What is missing gets the defaults of the contract; a scope never does, but
 * `authorization_details` that name providers stand for one. Where a limit comes twice, the lower one counts.
 */
export function readDemand(form: DemandForm, client: DemandingClient): DemandReading {
  const tokens = [...new Set(form.scope?.split(' ').filter((token) => token !== ''))];
  const refresh = client.refresh === 'always' || (client.refresh === 'when-asked' && tokens.includes(offlineScope));
  const asked = tokens.filter((token) => token !== offlineScope);
  if (form.authorization_details === undefined) return readLimits(form, { client, refresh, asked, details: null });
  const read = readGatewayDetails(form.authorization_details);
  if (read.problem !== null) return faulty('invalid_authorization_details', read.problem);
  if (asked.length > 0 && !scopeListSchema.safeParse(asked).success) return faulty('invalid_scope', unknownScope);
  const narrowed = scopesOf(read.details, asked);
  if (narrowed === null)
    return faulty('invalid_authorization_details', 'Name providers and models that scope allows, and not too many.');
  return readLimits(form, { client, refresh, asked: narrowed, details: read.details });
}

interface PartialReading {
  readonly client: DemandingClient;
  readonly refresh: boolean;
  readonly asked: readonly string[];
  readonly details: GatewayDetails | null;
}

function readLimits(form: DemandForm, { client, refresh, asked, details }: PartialReading): DemandReading {
  const scopes = scopeListSchema.safeParse(asked);
  if (!scopes.success) return faulty('invalid_scope', unknownScope);
  const ttlSeconds = readWhole(form.tollkeeper_ttl);
  if (ttlSeconds === 'malformed') return faulty('invalid_request', `${demandParameters.ttl} is a number of seconds.`);
  const uses = readWhole(form.tollkeeper_uses);
  if (uses === 'malformed') return faulty('invalid_request', `${demandParameters.uses} is a whole number.`);
  const budget = readDollars(form.tollkeeper_budget);
  if (budget === 'malformed')
    return faulty('invalid_request', `${demandParameters.budget} is an amount in US dollars, such as 2.50.`);
  const limits = details === null ? null : limitsOf(details);
  const demand = accessDemandSchema.safeParse({
    tool: client.tool,
    scopes: scopes.data,
    ttlSeconds:
      lower(ttlSeconds, limits?.ttlSeconds ?? null) ?? (refresh ? refreshableSeconds : tokenLifetime.defaultSeconds),
    uses: lower(uses, limits?.uses ?? null),
    budgetMicroUsd: lower(budget, limits?.budgetMicroUsd ?? null),
    purpose: form.tollkeeper_purpose ?? limits?.purpose ?? null,
  });
  if (!demand.success) return faulty('invalid_request', describeIssue(demand.error.issues[0]?.path[0]));
  return { demand: demand.data, shape: { refresh, details: details !== null }, fault: null };
}

const unknownScope = 'Ask for scopes such as openai:chat or anthropic:chat:claude-*, space-separated.';

/** The lower of two limits; null stands for none. */
function lower(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function faulty(error: DemandFault['error'], description: string): DemandReading {
  return { demand: null, shape: null, fault: { error, description } };
}

function describeIssue(field: PropertyKey | undefined): string {
  switch (field) {
    case 'ttlSeconds':
      return `${demandParameters.ttl} is at least ${tokenLifetime.floorSeconds} and at most ${tokenLifetime.ceilingSeconds} seconds.`;
    case 'uses':
      return `${demandParameters.uses} is out of range.`;
    case 'budgetMicroUsd':
      return `${demandParameters.budget} is more than nothing.`;
    case 'purpose':
      return `${demandParameters.purpose} has at most 200 characters.`;
    default:
      return 'The client\u2019s name can\u2019t be shown.';
  }
}

function readWhole(text: string | undefined): number | null | 'malformed' {
  if (text === undefined) return null;
  return wholeNumberPattern.test(text) ? Number(text) : 'malformed';
}

/** Micro-dollars from a decimal text, without going through a fraction. */
function readDollars(text: string | undefined): number | null | 'malformed' {
  if (text === undefined) return null;
  const match = dollarPattern.exec(text);
  if (match === null) return 'malformed';
  const [, dollars = '0', fraction = ''] = match;
  return Number(dollars) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}
