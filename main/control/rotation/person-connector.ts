import { TollkeeperError } from '#shared/model/error.ts';
import type { CreateConnector } from './connector.ts';

/** Stands where no API is: a person makes the keys and ends them, so nothing is known of them but their secrets. */
export const connectPerson: CreateConnector = () => ({
  identify: async () => null,
  create: () => Promise.reject(byHand()),
  find: async () => [],
  list: async () => [],
  revoke: () => Promise.reject(byHand()),
});

function byHand(): TollkeeperError {
  return new TollkeeperError('provider_refused', 'A person makes and deletes the keys of this provider.');
}
