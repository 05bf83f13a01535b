import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Alias, AliasDraft, AliasTarget } from '#shared/model/alias.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import { customDefinitionId } from '#shared/provider/index.ts';

/** What aliases are kept in and judged by. */
export interface AliasBookOptions {
  readonly registry: Pick<Registry, 'aliases' | 'credentials' | 'audit' | 'transaction'>;
  readonly clock: Clock;
  readonly providers: Readonly<Record<string, Provider>>;
}

/** An alias that was set, and which of its targets the provider's own list of models did not have. */
export interface AliasOutcome {
  readonly alias: Alias;
  /** As `provider/model`. */
  readonly unlisted: readonly string[];
}

/**
 * Makes an alias, or takes the place of the one of that name. A provider must be known; a model need not be, since providers
 * change theirs daily. Throws `unknown_provider` or `invalid_request`.
 */
export function setAlias(draft: AliasDraft, actor: Actor, options: AliasBookOptions): AliasOutcome {
  const { registry, clock } = options;
  const credentials = registry.credentials.list();
  const known = (id: string): boolean =>
    (Object.hasOwn(options.providers, id) && id !== customDefinitionId) ||
    credentials.some(({ provider }) => provider === id);
  requireFreeName(draft.name, known);
  for (const { provider } of draft.targets) {
    if (!known(provider)) {
      throw new TollkeeperError(
        'unknown_provider',
        `There is no provider ${provider}. Add one of your own first with \`toll key add ${provider} --base-url URL\`.`,
      );
    }
  }
  requireDistinctTargets(draft.targets);
  const now = clock.now();
  const updatedAt = new Date(now).toISOString();
  const alias = registry.transaction(() => {
    const before = registry.aliases.find(draft.name);
    const next: Alias = { ...draft, createdAt: before?.createdAt ?? updatedAt, updatedAt };
    registry.aliases.put(next);
    const { targets, timeouts, fallbackOn } = draft;
    const detail = { targets: targets.map(nameOf), timeouts, fallbackOn };
    registry.audit.append({ event: 'alias-set', actor, subject: draft.name, detail }, now);
    return next;
  });
  return { alias, unlisted: draft.targets.filter((target) => isUnlisted(target, credentials)).map(nameOf) };
}

/** Throws `not_found`. */
export function removeAlias(name: string, actor: Actor, { registry, clock }: AliasBookOptions): void {
  registry.transaction(() => {
    if (!registry.aliases.remove(name)) {
      throw new TollkeeperError('not_found', `There is no alias ${name}. \`toll alias list\` shows them.`);
    }
    registry.audit.append({ event: 'alias-removed', actor, subject: name }, clock.now());
  });
}

function nameOf({ provider, model }: AliasTarget): string {
  return `${provider}/${model}`;
}

function requireFreeName(name: string, isProvider: (id: string) => boolean): void {
  if (isProvider(name)) {
    throw new TollkeeperError('invalid_request', `${name} is the name of a provider. Choose another for the alias.`);
  }
}

function requireDistinctTargets(targets: readonly AliasTarget[]): void {
  const names = targets.map(nameOf);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new TollkeeperError('invalid_request', `${repeated} is named twice. Name each model once, best first.`);
  }
}

/** True when keys of the provider told which models they reach, and none told of this one. Some lists put a path before the id. */
function isUnlisted({ provider, model }: AliasTarget, credentials: readonly CredentialRecord[]): boolean {
  const lists = credentials.flatMap((credential) =>
    credential.provider === provider ? (credential.verification?.models ?? []) : [],
  );
  return lists.length > 0 && !lists.some((id) => id === model || id.endsWith(`/${model}`));
}
