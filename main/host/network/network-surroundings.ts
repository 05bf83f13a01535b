import { runTool } from '../peer/run-tool.ts';
import { additionalCertificates, builtInCertificates, type KnownCertificates } from './pem.ts';
import { type CertificateSource, readSystemCertificates, readTextFile } from './system-certificates.ts';

/** What the user's environment and system say about the way to the network. */
export interface NetworkSurroundings {
  /** Proxy URL for https, maybe with a password; null when the environment names none that can be used. */
  readonly proxy: string | null;
  readonly noProxy: readonly string[];
  /** Certificates named by the environment (`NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`), PEM. Never rejects. */
  readonly environmentCertificates: () => Promise<readonly string[]>;
  /** Certificates the system trusts beyond the built-in ones, PEM. Never rejects. */
  readonly systemCertificates: () => Promise<readonly string[]>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const proxyVariables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;
const certificateVariables = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'] as const;

/**
 * Reads the variables that other programs honour. The lower-case name wins, as in curl. `HTTP_PROXY` has no say: plain http goes
 * to this machine alone. SOCKS proxies are not spoken to; one in `ALL_PROXY` counts as none.
 */
export function readNetworkSurroundings(
  environment: Environment,
  source: CertificateSource = { platform: process.platform, readText: readTextFile, runTool },
): NetworkSurroundings {
  // The variables mostly name the file that the system keeps.
  let known: KnownCertificates | null = null;
  function additional(texts: readonly string[]): readonly string[] {
    known ??= builtInCertificates();
    return additionalCertificates(texts, known);
  }

  return {
    proxy: firstOf(proxyVariables.map((name) => usableProxy(environment[name]))),
    noProxy: (environment.no_proxy ?? environment.NO_PROXY ?? '').split(/[\s,]+/).filter((entry) => entry !== ''),
    async environmentCertificates() {
      const paths = certificateVariables.map((name) => environment[name]).filter((path) => path !== undefined);
      return additional(await Promise.all([...new Set(paths)].map((path) => source.readText(path).catch(() => ''))));
    },
    systemCertificates: async () => additional([await readSystemCertificates(source)]),
  };
}

function firstOf(values: readonly (string | null)[]): string | null {
  return values.find((value) => value !== null) ?? null;
}

/** A proxy's URL with its scheme, which many leave out; null for what is none. */
function usableProxy(value: string | undefined): string | null {
  const text = value?.trim() ?? '';
  if (text === '') return null;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) return null;
  const url = new URL(withScheme);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url.href : null;
}
