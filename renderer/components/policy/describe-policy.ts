import { formatMoney } from '#renderer/components/format/money.ts';
import { shortenPath } from '#renderer/components/format/names.ts';
import { describeScope } from '#renderer/components/format/scope.ts';
import { formatDuration } from '#renderer/components/format/time.ts';
import type { PolicyDraft } from '#shared/model/access.ts';

type NameProvider = (id: string) => string;

function actOf(scope: string, providerName: NameProvider): string {
  const { before, strong, after, detail } = describeScope(scope, providerName);
  const words = [before.charAt(0).toLowerCase() + before.slice(1), strong, after].filter((word) => word !== '');
  return detail === null ? words.join(' ') : `${words.join(' ')} (${detail})`;
}

function join(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1) ?? ''}`;
}

function placeOf({ tool, executable, executableHash, speaker, folder }: PolicyDraft): string {
  const unchanged = executableHash === null ? '' : ' (while unchanged)';
  const from = executable === null ? '' : ` from ${shortenPath(executable)}${unchanged}`;
  const by = speaker === undefined ? '' : ` for ${shortenPath(speaker)}`;
  const inside = folder === null ? '' : ` in ${shortenPath(folder)}`;
  const where = `${from}${by}${inside}`;
  return where === '' ? `by any program that calls itself ${tool}` : `only${where}`;
}

/**
 * What a standing policy does, in one sentence: `aider may chat with OpenAI models without asking, only from /usr/bin/aider in
 * ~/src/site, for 1 hour each time, up to $2.00.`
 */
export function describePolicy(policy: PolicyDraft, providerName: NameProvider): string {
  const acts = policy.scopes.map((scope) => actOf(scope, providerName));
  const place = placeOf(policy);
  if (policy.effect === 'deny')
    return `${policy.tool} is refused without asking you whenever it wants to ${join(acts, 'or')}, ${place}.`;
  const limits = [
    `for ${formatDuration(policy.ttlSeconds)} each time`,
    ...(policy.uses === null ? [] : [`${policy.uses === 1 ? 'one call' : `${policy.uses} calls`} at most`]),
    ...(policy.budgetMicroUsd === null ? [] : [`up to ${formatMoney(policy.budgetMicroUsd)}`]),
  ];
  return `${policy.tool} may ${join(acts, 'and')} without asking, ${place}, ${limits.join(', ')}.`;
}
