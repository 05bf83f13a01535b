import { z } from 'zod';
import { type AccessDemand, tokenLifetime } from '#shared/model/access.ts';
import { lazily } from '#shared/model/lazily.ts';
import { scopePattern } from '#shared/model/scope.ts';
import { parseScope, scopeCovers } from '#shared/policy/match-scope.ts';

/** The one type of `authorization_details` there is. RFC 9396 section 2. */
export const gatewayDetailsType = 'ai_gateway';

const mostScopes = 32;
const highestCostUsd = 1_000_000;

const detailsSchema = lazily(() =>
  z.strictObject({
    type: z.literal(gatewayDetailsType),
    /** Ids as in docs/providers.md, or `*`. */
    providers: z.array(z.string().max(32)).min(1).max(mostScopes).optional(),
    /** Globs over model ids. */
    models: z.array(z.string().max(128)).min(1).max(mostScopes).optional(),
    /** US dollars with at most six decimals. */
    max_cost_usd: z.number().positive().max(highestCostUsd).optional(),
    max_requests: z.int().min(1).max(1_000_000).optional(),
    /** Seconds. */
    expires_in: z.int().min(tokenLifetime.floorSeconds).max(tokenLifetime.ceilingSeconds).optional(),
    purpose: z.string().max(200).optional(),
  }),
);

/** What a client asks for in one object. */
export type GatewayDetails = Readonly<z.infer<typeof detailsSchema>>;

/** Either the details, or a sentence that says what is wrong with them. */
export type DetailsReading =
  | { readonly details: GatewayDetails; readonly problem: null }
  | { readonly details: null; readonly problem: string };

/**
 * Reads `authorization_details`: a JSON array of exactly one object of our type. What it does not know it refuses, since to
 * ignore a field could grant more than was asked. RFC 9396 section 5.
 */
export function readGatewayDetails(text: string): DetailsReading {
  const list = parseList(text);
  if (list === null) return problem('authorization_details is a JSON array of objects.');
  if (list.length !== 1) return problem('authorization_details holds exactly one object here.');
  const read = detailsSchema.safeParse(list[0]);
  if (!read.success) return problem(describeIssue(read.error.issues[0]));
  const { max_cost_usd: cost } = read.data;
  if (cost !== undefined && microUsdOf(cost) === null) return problem('max_cost_usd has at most six decimals.');
  return { details: read.data, problem: null };
}

/** Micro-dollars of an amount in dollars; null when it is finer than that. */
function microUsdOf(dollars: number): number | null {
  const micro = Math.round(dollars * 1_000_000);
  return micro >= 1 && Math.abs(dollars * 1_000_000 - micro) < 0.001 ? micro : null;
}

/** The limits that the details set; null for none. */
export function limitsOf(
  details: GatewayDetails,
): Pick<AccessDemand, 'uses' | 'budgetMicroUsd' | 'purpose'> & { readonly ttlSeconds: number | null } {
  return {
    uses: details.max_requests ?? null,
    budgetMicroUsd: details.max_cost_usd === undefined ? null : microUsdOf(details.max_cost_usd),
    ttlSeconds: details.expires_in ?? null,
    purpose: details.purpose ?? null,
  };
}

/**
 * The scopes that scope and details both allow. Details by themselves mean to chat with these models and to list what there
 * is; any other capability is named by a scope. Null when nothing is left, or when a name in them can't stand in a scope.
 */
export function scopesOf(details: GatewayDetails, scopes: readonly string[]): readonly string[] | null {
  const { providers, models } = details;
  const asked = scopes.length > 0 ? scopes : (providers ?? []).flatMap((id) => [`${id}:chat`, `${id}:models`]);
  const narrowed = asked.flatMap((scope) => (providers ?? ['*']).flatMap((id) => narrow(scope, id, models ?? null)));
  const unique = [...new Set(narrowed)];
  const isUsable =
    unique.length > 0 && unique.length <= mostScopes && unique.every((scope) => scopePattern.test(scope));
  return isUsable ? unique : null;
}

/** One scope, as far as this provider and these models allow it. Listing models has no model of its own. */
function narrow(token: string, provider: string, models: readonly string[] | null): readonly string[] {
  const scope = parseScope(token);
  if (scope === null) return [];
  const isOne = scope.provider === '*' || provider === '*' || scope.provider === provider;
  if (!isOne) return [];
  const head = `${scope.provider === '*' ? provider : scope.provider}:${scope.capability}`;
  if (models === null || scope.capability === 'models') return [withModel(head, scope.model)];
  return models.flatMap((model) => {
    if (scope.model === null || covers(scope.model, model)) return [`${head}:${model}`];
    return covers(model, scope.model) ? [`${head}:${scope.model}`] : [];
  });
}

function covers(held: string, wanted: string): boolean {
  const scope = { provider: '*', capability: '*' } as const;
  return scopeCovers({ ...scope, model: held }, { ...scope, model: wanted });
}

function withModel(head: string, model: string | null): string {
  return model === null ? head : `${head}:${model}`;
}

/** What was granted, in the terms that describe it. */
export interface GrantedDetails {
  readonly scopes: readonly string[];
  readonly uses: number | null;
  readonly budgetMicroUsd: number | null;
  readonly purpose: string | null;
  /** Whole seconds that the grant has left. */
  readonly secondsLeft: number;
}

/**
 * What was granted, one object per provider, so that none says more than its scopes do. The limits stand in each and hold for
 * all of them together. RFC 9396 section 7.
 */
export function describeGranted(granted: GrantedDetails): readonly GatewayDetails[] {
  const scopes = granted.scopes.map(parseScope).filter((scope) => scope !== null);
  const providers = [...new Set(scopes.map((scope) => scope.provider))];
  return providers.map((provider) => {
    const models = modelsOf(scopes.filter((scope) => scope.provider === provider));
    return {
      type: gatewayDetailsType,
      providers: [provider],
      ...(models === null ? {} : { models: [...models] }),
      ...(granted.budgetMicroUsd === null ? {} : { max_cost_usd: granted.budgetMicroUsd / 1_000_000 }),
      ...(granted.uses === null ? {} : { max_requests: granted.uses }),
      expires_in: granted.secondsLeft,
      ...(granted.purpose === null ? {} : { purpose: granted.purpose }),
    };
  });
}

/** Null when one of the scopes that call models has any; listing alone names none. */
function modelsOf(
  scopes: readonly { readonly capability: string; readonly model: string | null }[],
): readonly string[] | null {
  const calling = scopes.filter((scope) => scope.capability !== 'models');
  const models = calling.map((scope) => scope.model).filter((model) => model !== null);
  return models.length === 0 || models.length < calling.length ? null : [...new Set(models)];
}

function parseList(text: string): readonly unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function problem(sentence: string): DetailsReading {
  return { details: null, problem: sentence };
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return `Unknown field ${issue.keys.join(', ')} in authorization_details.`;
  const field = String(issue?.path[0] ?? 'type');
  if (field === 'type') return `The type of authorization_details is ${gatewayDetailsType}.`;
  return `The field ${field} of authorization_details is out of range or of another kind.`;
}
