import {
  type Alias,
  type AliasDraft,
  type AliasTimeouts,
  aliasDraftSchema,
  aliasNameSchema,
  aliasTargetSchema,
  type FallbackReason,
  fallbackReasons,
} from '#shared/model/alias.ts';

/** One target as it stands in the form; `key` tells it from the others while they move. */
export interface TargetFields {
  readonly key: number;
  readonly provider: string | null;
  readonly model: string;
}

/** The time-outs, in seconds as typed; empty for the gateway's own. */
export type TimeoutFields = Readonly<Record<keyof AliasTimeouts, string>>;

/** An alias as it stands in the form, before it is checked. */
export interface AliasFields {
  readonly name: string;
  readonly targets: readonly TargetFields[];
  readonly timeouts: TimeoutFields;
  readonly fallbackOn: readonly FallbackReason[];
}

/** What is wrong, as sentences. */
export interface AliasProblems {
  readonly name?: string;
  readonly targets?: string;
  readonly timeouts?: string;
}

/** An empty form with one target. */
export const emptyAliasFields: AliasFields = {
  name: '',
  targets: [{ key: 0, provider: null, model: '' }],
  timeouts: { connectMs: '', firstByteMs: '', idleMs: '' },
  fallbackOn: fallbackReasons,
};

const seconds = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '' : String(milliseconds / 1_000);

/** The form of an alias that is there. */
export function fieldsOf({ name, targets, timeouts, fallbackOn }: Alias): AliasFields {
  return {
    name,
    targets: targets.map((target, key) => ({ key, ...target })),
    timeouts: {
      connectMs: seconds(timeouts.connectMs),
      firstByteMs: seconds(timeouts.firstByteMs),
      idleMs: seconds(timeouts.idleMs),
    },
    fallbackOn,
  };
}

/** The draft that brings an alias back as it was. */
export function draftOf({ name, targets, timeouts, fallbackOn }: Alias): AliasDraft {
  return { name, targets: [...targets], timeouts, fallbackOn: [...fallbackOn] };
}

/** What is not as usual about an alias: `waits 5 s for the first byte`, `never falls back`; empty when nothing is. */
export function describeRules({ timeouts, fallbackOn, targets }: Alias): string {
  const { connectMs, firstByteMs, idleMs } = timeouts;
  const waits = [
    ...(connectMs === undefined ? [] : [`${seconds(connectMs)} s to connect`]),
    ...(firstByteMs === undefined ? [] : [`${seconds(firstByteMs)} s for the first byte`]),
    ...(idleMs === undefined ? [] : [`${seconds(idleMs)} s of silence`]),
  ];
  const falls =
    targets.length === 1 || fallbackOn.length === fallbackReasons.length
      ? []
      : [fallbackOn.length === 0 ? 'never falls back' : `falls back on ${fallbackOn.join(', ')}`];
  return [...(waits.length === 0 ? [] : [`waits ${waits.join(', ')}`]), ...falls].join('; ');
}

/** Adds an empty target at the end. */
export function addTarget(targets: readonly TargetFields[]): readonly TargetFields[] {
  const key = Math.max(-1, ...targets.map((target) => target.key)) + 1;
  return [...targets, { key, provider: targets.at(-1)?.provider ?? null, model: '' }];
}

/** Moves a target to another place; a place outside the list leaves it as it is. */
export function moveTarget(targets: readonly TargetFields[], from: number, to: number): readonly TargetFields[] {
  const moved = targets[from];
  if (moved === undefined || to < 0 || to >= targets.length || from === to) return targets;
  const rest = targets.filter((_, index) => index !== from);
  return [...rest.slice(0, to), moved, ...rest.slice(to)];
}

function readTimeouts(fields: TimeoutFields): AliasTimeouts | null {
  const found: Record<string, number> = {};
  for (const [name, text] of Object.entries(fields)) {
    if (text.trim() === '') continue;
    const milliseconds = Math.round(Number(text.trim()) * 1_000);
    if (!(milliseconds >= 100 && milliseconds <= 3_600_000)) return null;
    found[name] = milliseconds;
  }
  return found;
}

function targetsProblem(targets: readonly TargetFields[]): string | null {
  const isWhole = ({ provider, model }: TargetFields): boolean =>
    aliasTargetSchema.safeParse({ provider, model: model.trim() }).success;
  if (!targets.every(isWhole)) return 'Choose a provider and write a model for each line.';
  const names = targets.map(({ provider, model }) => `${provider}/${model.trim()}`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  return repeated === undefined ? null : `${repeated} stands there twice.`;
}

/** Checks the form: the alias it makes, or what is wrong with it. `taken` are names that other aliases have. */
export function readAliasFields(
  fields: AliasFields,
  taken: readonly string[],
): { readonly draft: AliasDraft | null; readonly problems: AliasProblems } {
  const name = fields.name.trim();
  const timeouts = readTimeouts(fields.timeouts);
  const targets = targetsProblem(fields.targets);
  const problems: AliasProblems = {
    ...(aliasNameSchema.safeParse(name).success
      ? taken.includes(name)
        ? { name: 'There is an alias of this name already.' }
        : {}
      : { name: 'Lower-case letters, digits, dots and hyphens, such as fast.' }),
    ...(targets === null ? {} : { targets }),
    ...(timeouts === null ? { timeouts: 'Write seconds from 0.1 to 3600, or leave it empty.' } : {}),
  };
  if (Object.keys(problems).length > 0 || timeouts === null) return { draft: null, problems };
  const draft = aliasDraftSchema.parse({
    name,
    targets: fields.targets.map(({ provider, model }) => ({ provider, model: model.trim() })),
    timeouts,
    fallbackOn: [...fields.fallbackOn],
  });
  return { draft, problems };
}
