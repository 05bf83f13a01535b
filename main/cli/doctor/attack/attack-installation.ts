import { readdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type HomePaths, homePaths } from '#shared/contract/home.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Cli } from '../../cli.ts';
import { type ControlClient, withControl } from '../../client.ts';
import type { AttackedMachine } from './attack.ts';
import { type AttackResult, runAttacks } from './attacks.ts';
import { createProofKey } from './proof-key.ts';
import { startStandIn } from './stand-in.ts';

/**
 * Attacks the running installation, with a provider and grants that it makes for this and that are good for nothing else. No call
 * leaves the machine; afterwards everything is as it was, but for what ledger and audit log tell of it.
 */
export async function attackInstallation(cli: Cli): Promise<readonly AttackResult[]> {
  const standIn = await startStandIn();
  try {
    return await withControl(cli, async (control) => {
      const { gateway } = await control.call('status.read', {});
      if (gateway.url === null || gateway.state !== 'running') {
        throw new TollkeeperError('gateway_starting', gateway.message ?? 'The gateway does not take calls now.');
      }
      const proofKey = createProofKey();
      const begun = await control.call('attack.begin', {
        origin: standIn.origin,
        keyThumbprint: proofKey.thumbprint,
      });
      try {
        return await runAttacks({
          ...begun,
          port: Number(new URL(gateway.url).port),
          tlsPort: gateway.tls === null || gateway.tls.url === null ? null : Number(new URL(gateway.tls.url).port),
          socketPath: gateway.socketPath,
          standIn,
          proofKey,
          now: cli.now,
          machine: await machineOf(cli, control),
        });
      } finally {
        await control.call('attack.end', {});
      }
    });
  } finally {
    await standIn.close();
  }
}

async function machineOf(cli: Cli, control: ControlClient): Promise<AttackedMachine> {
  return {
    platform: cli.platform,
    paths: await privatePaths(homePaths(cli)),
    addresses: Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0)
      .map(({ address }) => address),
    search: () => control.call('attack.search', {}),
  };
}

/** The home folder, and what lies directly in it and in the folder of what runs: behind a closed folder nothing is open. */
async function privatePaths({ home, run }: HomePaths): Promise<readonly string[]> {
  const below = async (folder: string): Promise<readonly string[]> =>
    (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  return [home, ...(await below(home)), ...(await below(run))];
}
