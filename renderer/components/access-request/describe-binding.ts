import type { GrantBinding } from '#shared/model/binding.ts';

const ownCommand = 'toll';

/** In words: where a token works. */
export function describeBinding(binding: GrantBinding | null | undefined): string {
  if (binding === null || binding === undefined) return 'any program on this machine';
  if (binding.kind === 'executable') return `only ${binding.path}, with its contents of now`;
  if (binding.name === ownCommand) return 'only this run and everything it starts';
  return `only ${binding.name} (pid ${binding.root.pid}) and everything it starts`;
}
