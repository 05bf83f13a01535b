import type { Provider } from 'oidc-provider';
import type { OidcProviderOptions } from './oidc-provider.ts';

/** The sentence oidc-provider 9 says on Node 20, on which it was tried and is tested here; everything else it says is passed on. */
const knownRuntimeNotice = 'oidc-provider WARNING: Unsupported runtime.';

/** Loads the library, which takes about a quarter of a second, and makes its part of the server. */
export async function loadOidcProvider(options: OidcProviderOptions): Promise<Provider> {
  const { warn } = console;
  console.warn = (...words: readonly unknown[]) => {
    if (!String(words[0]).includes(knownRuntimeNotice)) warn(...words);
  };
  try {
    const { createOidcProvider } = await import('./oidc-provider.ts');
    return createOidcProvider(options);
  } finally {
    console.warn = warn;
  }
}
