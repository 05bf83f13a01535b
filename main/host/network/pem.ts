import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

const block = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/**
 * The certificates in a text that are not among the built-in ones, each once, as PEM. What can't be read is left out: one bad
 * entry in a bundle must not take the good ones along.
 */
export function additionalCertificates(texts: readonly string[]): readonly string[] {
  const builtIn = new Set(rootCertificates.map(bodyOf));
  const found = new Map<string, string>();
  for (const text of texts) {
    for (const pem of text.match(block) ?? []) {
      const body = bodyOf(pem);
      if (!builtIn.has(body) && !found.has(body) && isReadable(pem)) {
        found.set(body, pem);
      }
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
