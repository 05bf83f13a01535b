import type { AccessDemand, Policy } from '../model/access.ts';
import type { PeerProcess } from '../model/process.ts';
import type { Scope } from '../model/scope.ts';
import { parseScope, scopeCovers } from './match-scope.ts';
import { speakerNameOf } from './same-program.ts';

/** What the standing policies say about a demand. */
export type PolicyVerdict =
  /** Every scope is allowed by some policy; `policies` are those that were needed. */
  | { readonly effect: 'allow'; readonly policies: readonly Policy[] }
  /** Something of what is asked is always denied. */
  | { readonly effect: 'deny'; readonly policy: Policy }
  | { readonly effect: 'none' };

/**
 * Applies the policies that concern this tool and process. A denial wins over every permission and holds as soon as it
 * touches any part of what is asked; a permission must cover all of it. Fails closed: a policy that is bound to an executable,
 * its content, who speaks or a folder allows only a process the platform vouched for, but denies a merely claimed one too, and one whose
 * content has changed.
 */
export function evaluatePolicies(
  demand: Pick<AccessDemand, 'tool' | 'scopes'>,
  process: PeerProcess | null,
  policies: readonly Policy[],
): PolicyVerdict {
  const wanted = demand.scopes.map(parseScope);
  const denial = policies.find(
    (policy) => policy.effect === 'deny' && isDenialFor(policy, demand.tool, process) && touches(policy, wanted),
  );
  if (denial !== undefined) return { effect: 'deny', policy: denial };
  const permissions = policies.filter(
    (policy) => policy.effect === 'allow' && isPermissionFor(policy, demand.tool, process),
  );
  const needed = new Set<Policy>();
  for (const scope of wanted) {
    const permission = scope === null ? undefined : permissions.find((policy) => covers(policy, scope));
    if (permission === undefined) return { effect: 'none' };
    needed.add(permission);
  }
  return needed.size === 0 ? { effect: 'none' } : { effect: 'allow', policies: [...needed] };
}

function isPermissionFor(policy: Policy, tool: string, process: PeerProcess | null): boolean {
  if (policy.tool !== tool) return false;
  const { executable, executableHash, folder, speaker = null } = policy;
  if (executable === null && executableHash === null && folder === null && speaker === null) return true;
  if (process === null || !process.verified) return false;
  return (
    isSameOrAny(speaker, speakerNameOf(process)) &&
    isSameOrAny(executable, process.executable) &&
    isSameOrAny(executableHash, process.executableHash ?? null) &&
    isSameOrAny(folder, process.folder)
  );
}

function isDenialFor(policy: Policy, tool: string, process: PeerProcess | null): boolean {
  if (policy.tool !== tool) return false;
  if (process === null) return true;
  return isSameOrAny(policy.executable, process.executable) && isSameOrAny(policy.folder, process.folder);
}

function isSameOrAny(bound: string | null, actual: string | null): boolean {
  return bound === null || bound === actual;
}

function covers(policy: Policy, wanted: Scope): boolean {
  return policy.scopes.some((token) => {
    const held = parseScope(token);
    return held !== null && scopeCovers(held, wanted);
  });
}

function touches(policy: Policy, wanted: readonly (Scope | null)[]): boolean {
  return policy.scopes.some((token) => {
    const denied = parseScope(token);
    return denied === null || wanted.some((scope) => scope === null || scopesOverlap(denied, scope));
  });
}

/** True when some request is allowed by both scopes. */
export function scopesOverlap(left: Scope, right: Scope): boolean {
  const sameProvider = left.provider === '*' || right.provider === '*' || left.provider === right.provider;
  const sameCapability = left.capability === '*' || right.capability === '*' || left.capability === right.capability;
  if (!sameProvider || !sameCapability) return false;
  return left.model === null || right.model === null || globsOverlap(left.model, right.model);
}

/** True when some text matches both globs: a table over both patterns, so the time is the product of their lengths at most. */
function globsOverlap(left: string, right: string): boolean {
  let reachable = startRow(right);
  for (const character of left) {
    const next = [character === '*' && reachable[0] === true];
    for (let column = 1; column <= right.length; column += 1) {
      const other = right[column - 1];
      const isWild = character === '*' || other === '*';
      next[column] = isWild
        ? reachable[column] === true || next[column - 1] === true
        : reachable[column - 1] === true && character === other;
    }
    reachable = next;
  }
  return reachable[right.length] === true;
}

function startRow(pattern: string): boolean[] {
  const row = [true];
  for (const character of pattern) row.push(row.at(-1) === true && character === '*');
  return row;
}
