import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

const block = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** Whether a certificate, by its body, is one that is looked for. */
export type KnownCertificates = Map<string, boolean>;

/** The built-in ones, which nobody looks for. */
export function builtInCertificates(): KnownCertificates {
  return new Map(rootCertificates.map((pem) => [bodyOf(pem), false]));
}

/**
 * The certificates in a text that are not among the built-in ones, each once, as PEM. What can't be read is left out: one bad
 * entry in a bundle must not take the good ones along. What is found out is added to `known`, so that nothing is read twice.
 */
export function additionalCertificates(
  texts: readonly string[],
  known: KnownCertificates = builtInCertificates(),
): readonly string[] {
  const found = new Map<string, string>();
  for (const text of new Set(texts)) {
    for (const pem of text.match(block) ?? []) {
      const body = bodyOf(pem);
      const isWanted = known.get(body) ?? isReadable(pem);
      known.set(body, isWanted);
      if (isWanted && !found.has(body)) found.set(body, pem);
    }
  }
  return [...found.values()];
}

function bodyOf(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s+/g, '');
}

function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
