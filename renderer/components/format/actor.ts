import { type Actor, actorSchema } from '#shared/model/access.ts';

const actorNames: Readonly<Record<Actor, string>> = {
  prompt: 'you, at the prompt',
  tray: 'you, in the tray',
  dashboard: 'you, in this window',
  cli: 'you, with toll',
  policy: 'a standing policy',
  timeout: 'nobody in time',
  system: 'Tollkeeper',
  client: 'the tool itself',
};

/** Who did it, in words: `you, at the prompt`. A name that is not known stays as it is. */
export function nameActor(actor: string): string {
  const known = actorSchema.safeParse(actor);
  return known.success ? actorNames[known.data] : actor;
}
