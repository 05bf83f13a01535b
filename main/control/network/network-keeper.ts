import type { Network, UpstreamTimeouts } from '#shared/model/network.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { NetworkSource } from '../control-options.ts';

/** The way to the network as the gateway is to take it. */
export interface NetworkPlan {
  readonly network: Network;
  readonly timeouts: UpstreamTimeouts;
}

/** Keeps the plan: the settings' word, then the environment's. */
export interface NetworkKeeper {
  readonly plan: NetworkPlan;
  /** Takes the settings; reads certificates where that has not been done. Never rejects. */
  apply(settings: Settings): Promise<void>;
}

/** What the keeper is made from. */
export interface NetworkKeeperOptions {
  readonly source: NetworkSource;
  readonly settings: Settings;
  /** Told when the plan has changed. */
  readonly onChange: (plan: NetworkPlan) => void;
}

/** Makes a keeper whose certificates are read when `apply` is first called. */
export function createNetworkKeeper({ source, settings, onChange }: NetworkKeeperOptions): NetworkKeeper {
  let plan = planOf(settings, source, []);
  source.use(plan.network);
  let environment: Promise<readonly string[]> | null = null;
  let system: Promise<readonly string[]> | null = null;
  let turn = 0;

  async function certificatesFor({ trustSystemCertificates }: Settings): Promise<readonly string[]> {
    environment ??= source.environmentCertificates();
    if (!trustSystemCertificates) return environment;
    system ??= source.systemCertificates();
    return [...new Set([...(await environment), ...(await system)])];
  }

  function change(next: NetworkPlan): void {
    if (JSON.stringify(next) === JSON.stringify(plan)) return;
    plan = next;
    source.use(plan.network);
    onChange(plan);
  }

  return {
    get plan() {
      return plan;
    },
    async apply(changed) {
      turn += 1;
      const mine = turn;
      change(planOf(changed, source, plan.network.certificates));
      const certificates = await certificatesFor(changed);
      if (mine === turn) change(planOf(changed, source, certificates));
    },
  };
}

function planOf(settings: Settings, source: NetworkSource, certificates: readonly string[]): NetworkPlan {
  const { proxy } = settings;
  return {
    network: {
      proxy: proxy === 'environment' ? source.proxy : proxy === 'none' ? null : proxy,
      noProxy: source.noProxy,
      certificates,
    },
    timeouts: {
      connect: settings.connectTimeoutSeconds * 1_000,
      firstByte: settings.firstByteTimeoutSeconds * 1_000,
      idle: settings.idleTimeoutSeconds * 1_000,
    },
  };
}
