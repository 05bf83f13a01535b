import { TollkeeperError } from '#shared/model/error.ts';
import type { Registry, RegistryOptions } from './registry.ts';

/** Opens the registry, migrating it when needed. Throws `storage_corrupt` for a wrong key or a newer database. */
export function openRegistry(options: RegistryOptions): Registry {
  throw new TollkeeperError('unsupported_platform', `Not written yet: ${options.path}`);
}
