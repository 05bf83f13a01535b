import { type AccessDemand, accessDemandSchema, tokenLifetime } from '#shared/model/access.ts';
import { scopeListSchema } from '#shared/model/scope.ts';

/** A part of a device authorization request that can't be used: the OAuth error code and a sentence for its description. */
export interface DemandFault {
  readonly error: 'invalid_scope' | 'invalid_request';
  readonly description: string;
}

/** Either the demand that the form makes, or what is wrong with it. */
export type DemandReading =
  | { readonly demand: AccessDemand; readonly fault: null }
  | { readonly demand: null; readonly fault: DemandFault };

/** Fields of the form that a demand is read from; each may be missing. */
export type DemandForm = Readonly<Partial<Record<DemandField, string | undefined>>>;

/** Our additions to RFC 8628 section 3.1, all optional; `scope` is the RFC's own. */
export const demandParameters = {
  /** Lifetime of the token, whole seconds. */
  ttl: 'tollkeeper_ttl',
  /** Number of gateway requests. */
  uses: 'tollkeeper_uses',
  /** US dollars with at most six decimals, such as `2.50`. */
  budget: 'tollkeeper_budget',
  /** One sentence for the person who decides. */
  purpose: 'tollkeeper_purpose',
} as const;

type DemandField = 'scope' | (typeof demandParameters)[keyof typeof demandParameters];

const wholeNumberPattern = /^\d{1,9}$/;
const dollarPattern = /^(\d{1,7})(?:\.(\d{1,6}))?$/;

/** Reads what a tool asks for from its form. What is missing gets the defaults of the contract; a scope never does. */
export function readDemand(form: DemandForm, tool: string): DemandReading {
  const scopes = scopeListSchema.safeParse([...new Set(form.scope?.split(' ').filter((token) => token !== ''))]);
  if (!scopes.success)
    return faulty('invalid_scope', 'Ask for scopes such as openai:chat or anthropic:chat:claude-*, space-separated.');
  const ttlSeconds = readWhole(form.tollkeeper_ttl);
  if (ttlSeconds === 'malformed') return faulty('invalid_request', `${demandParameters.ttl} is a number of seconds.`);
  const uses = readWhole(form.tollkeeper_uses);
  if (uses === 'malformed') return faulty('invalid_request', `${demandParameters.uses} is a whole number.`);
  const budget = readDollars(form.tollkeeper_budget);
  if (budget === 'malformed')
    return faulty('invalid_request', `${demandParameters.budget} is an amount in US dollars, such as 2.50.`);
  const demand = accessDemandSchema.safeParse({
    tool,
    scopes: scopes.data,
    ttlSeconds: ttlSeconds ?? tokenLifetime.defaultSeconds,
    uses,
    budgetMicroUsd: budget,
    purpose: form.tollkeeper_purpose ?? null,
  });
  if (!demand.success) return faulty('invalid_request', describeIssue(demand.error.issues[0]?.path[0]));
  return { demand: demand.data, fault: null };
}

function faulty(error: DemandFault['error'], description: string): DemandReading {
  return { demand: null, fault: { error, description } };
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
