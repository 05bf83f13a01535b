import type { AccessDemand } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { askForAccess, type GrantedAccess } from './ask-for-access.ts';
import type { Cli } from './cli.ts';
import type { ControlClient } from './client.ts';
import { note } from './output.ts';

/**
 * Asks for access that ends with this process. Unless it is to be unbound, its token works only for what descends from this
 * process; where the system does not vouch for that, it says so and goes on without.
 */
export async function askForRun(
  cli: Cli,
  control: ControlClient,
  {
    demand,
    unbound,
    reference,
  }: { readonly demand: AccessDemand; readonly unbound: boolean; readonly reference: boolean },
): Promise<GrantedAccess> {
  const options = { bindToConnection: true, reference };
  if (unbound) return askForAccess(cli, control, demand, options);
  try {
    return await askForAccess(cli, control, demand, { ...options, bind: { kind: 'run' } });
  } catch (error) {
    if (!(error instanceof TollkeeperError) || error.code !== 'binding_unprovable') throw error;
    note(
      cli,
      `toll: this system does not tell which process is calling, so the token works outside of ${demand.tool} too`,
    );
    return askForAccess(cli, control, demand, options);
  }
}
