import { parseMoney } from '#renderer/components/format/money.ts';
import { type PolicyDraft, policyDraftSchema, tokenLifetime, toolNameSchema } from '#shared/model/access.ts';

/** A policy as it stands in the form, before it is checked. */
export interface PolicyFields {
  readonly effect: PolicyDraft['effect'];
  readonly tool: string;
  /** `PROVIDER:CAPABILITY`, without models. */
  readonly abilities: readonly string[];
  /** Glob over model ids for every ability; empty for all models. */
  readonly models: string;
  readonly executable: string;
  readonly folder: string;
  readonly ttlSeconds: number;
  /** Dollars as typed; empty for no limit. */
  readonly budget: string;
  /** Calls as typed; empty for no limit. */
  readonly uses: string;
}

/** An empty form. */
export function emptyPolicyFields(effect: PolicyDraft['effect']): PolicyFields {
  return {
    effect,
    tool: '',
    abilities: [],
    models: '',
    executable: '',
    folder: '',
    ttlSeconds: tokenLifetime.defaultSeconds,
    budget: '',
    uses: '',
  };
}

/** What is wrong with one field, as a sentence. */
export type PolicyProblems = Readonly<Partial<Record<keyof PolicyFields, string>>>;

/** A checked form: the policy it makes, and what is wrong with it; one of them is empty. */
export interface PolicyReading {
  readonly draft: PolicyDraft | null;
  readonly problems: PolicyProblems;
}

const absolutePath = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

function pathProblem(path: string): string | undefined {
  return path === '' || absolutePath.test(path) ? undefined : 'Write the whole path, from the root on.';
}

function numbersOf(fields: PolicyFields): { readonly uses: number | null; readonly budgetMicroUsd: number | null } {
  if (fields.effect === 'deny') return { uses: null, budgetMicroUsd: null };
  const uses = fields.uses.trim();
  return { uses: uses === '' ? null : Number(uses), budgetMicroUsd: parseMoney(fields.budget) };
}

function problemsOf(fields: PolicyFields): PolicyProblems {
  const { shape } = policyDraftSchema;
  const { uses } = numbersOf(fields);
  const isAllowing = fields.effect === 'allow';
  const found: Record<string, string | undefined> = {
    tool: toolNameSchema.safeParse(fields.tool).success ? undefined : 'Write the tool\u2019s name, as it calls itself.',
    abilities: fields.abilities.length === 0 ? 'Choose at least one thing.' : undefined,
    models: shape.scopes.safeParse(scopesOf({ ...fields, abilities: ['*:chat'] })).success
      ? undefined
      : 'Write a model\u2019s name; * stands for any part of it.',
    executable: pathProblem(fields.executable.trim()),
    folder: pathProblem(fields.folder.trim()),
    budget:
      isAllowing && fields.budget.trim() !== '' && parseMoney(fields.budget) === null
        ? 'Write dollars, such as 2.50.'
        : undefined,
    uses: isAllowing && !shape.uses.safeParse(uses).success ? 'Write a whole number from 1 to 1,000,000.' : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== undefined));
}

function scopesOf({ abilities, models }: PolicyFields): string[] {
  const glob = models.trim();
  return abilities.map((ability) => (glob === '' ? ability : `${ability}:${glob}`));
}

/** Checks the form and makes the policy it stands for. */
export function readPolicyFields(fields: PolicyFields): PolicyReading {
  const problems = problemsOf(fields);
  if (Object.keys(problems).length > 0) return { draft: null, problems };
  const draft = policyDraftSchema.safeParse({
    effect: fields.effect,
    tool: fields.tool.trim(),
    scopes: scopesOf(fields),
    executable: fields.executable.trim() || null,
    executableHash: null,
    folder: fields.folder.trim() || null,
    ttlSeconds: fields.ttlSeconds,
    ...numbersOf(fields),
  });
  return draft.success
    ? { draft: draft.data, problems }
    : { draft: null, problems: { abilities: 'Choose fewer things.' } };
}
