import type { Policy, PolicyDraft } from '../model/access.ts';
import type { AskedRequest, PolicySuggestion } from '../model/asked-request.ts';
import { decideApproval } from './decide-approval.ts';
import { speakerNameOf } from './same-program.ts';

/** A policy that would have saved fewer questions than this is not worth a place. */
const leastSaved = 3;
const mostSuggestions = 5;

type Allowed = AskedRequest & { readonly granted: NonNullable<AskedRequest['granted']> };

/**
 * The policies that would have answered most of the questions a person answered with yes: each exactly as wide as what was
 * allowed, for one tool, program, content and folder. None for a program that the system does not vouch for, for what was
 * unusual or denied even once, nor for what a policy of today answers.
 */
export function suggestPolicies(asked: readonly AskedRequest[], policies: readonly Policy[]): PolicySuggestion[] {
  const questions = asked.filter(({ way }) => way === 'prompt' || way === 'inbox');
  const groups = new Map<string, readonly Allowed[]>();
  for (const question of questions) {
    if (!isAllowed(question) || question.unusual || question.process?.verified !== true) continue;
    if (question.process.executable === null || question.process.folder === null) continue;
    if (decideApproval(question.demand, question.process, policies).outcome !== 'ask') continue;
    const key = keyOf(question);
    groups.set(key, [...(groups.get(key) ?? []), question]);
  }
  return [...groups.values()]
    .map(draftFor)
    .filter((draft) => !questions.some((question) => question.outcome === 'denied' && answers(draft, question)))
    .map((draft) => ({ draft, saved: questions.filter((question) => answers(draft, question)).length }))
    .filter(({ saved }) => saved >= leastSaved)
    .sort((left, right) => right.saved - left.saved)
    .slice(0, mostSuggestions);
}

function isAllowed(question: AskedRequest): question is Allowed {
  return question.outcome === 'granted' && question.granted !== null;
}

function keyOf({ demand, process, granted }: Allowed): string {
  const scopes = [...granted.scopes].sort();
  const program = [
    process?.executable,
    process?.executableHash ?? null,
    process === null ? null : speakerNameOf(process),
  ];
  return JSON.stringify([demand.tool, program, process?.folder, scopes]);
}

/** As much as was allowed at most; a group is never empty. */
function draftFor(group: readonly Allowed[]): PolicyDraft {
  const [first] = group as readonly [Allowed, ...Allowed[]];
  const terms = group.map(({ granted }) => granted);
  const speaker = first.process === null ? null : speakerNameOf(first.process);
  return {
    effect: 'allow',
    tool: first.demand.tool,
    scopes: [...first.granted.scopes],
    executable: first.process?.executable ?? null,
    executableHash: first.process?.executableHash ?? null,
    folder: first.process?.folder ?? null,
    ...(speaker === null ? {} : { speaker }),
    ttlSeconds: Math.max(...terms.map(({ ttlSeconds }) => ttlSeconds)),
    uses: mostOf(terms.map(({ uses }) => uses)),
    budgetMicroUsd: mostOf(terms.map(({ budgetMicroUsd }) => budgetMicroUsd)),
  };
}

/** The highest limit; null stands for none. */
function mostOf(limits: readonly (number | null)[]): number | null {
  return limits.includes(null) ? null : Math.max(...limits.map((limit) => limit ?? 0));
}

function answers(draft: PolicyDraft, { demand, process }: AskedRequest): boolean {
  const policy: Policy = { ...draft, id: '', createdAt: '', createdBy: 'policy' };
  return decideApproval(demand, process, [policy]).outcome === 'granted';
}
