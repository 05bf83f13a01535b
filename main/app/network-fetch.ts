import { type Network, plainNetwork } from '#shared/model/network.ts';

/** How control reaches providers: the same way as the gateway does. */
export interface NetworkFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Takes another way from now on. */
  readonly use: (network: Network) => void;
}

const connectMs = 10_000;

/** Makes a fetch that is the platform's own until the user's network has a proxy or certificates; what those need is loaded then. */
export function createNetworkFetch(): NetworkFetch {
  let network = plainNetwork;
  let routed: Promise<typeof globalThis.fetch> | null = null;
  return {
    use(next) {
      network = next;
      routed = null;
    },
    async fetch(input, init) {
      if (network.proxy === null && network.certificates.length === 0) {
        return globalThis.fetch(input, init);
      }
      routed ??= createRoutedFetch(network);
      return (await routed)(input, init);
    },
  };
}

async function createRoutedFetch(network: Network): Promise<typeof globalThis.fetch> {
  const { Agent, fetch } = await import('undici');
  const { createConnector } = await import('./network-connector.ts');
  const dispatcher = new Agent({ connect: createConnector({ network, connectMs }) });
  const through = (input: string | URL, init: object = {}): Promise<unknown> => fetch(input, { ...init, dispatcher });
  return through as typeof globalThis.fetch;
}
