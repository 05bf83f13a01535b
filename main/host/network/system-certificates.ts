import { readFile } from 'node:fs/promises';
import type { RunTool } from '../peer/run-tool.ts';

/** Where the system's certificates are read from; the operating system outside tests. */
export interface CertificateSource {
  readonly platform: NodeJS.Platform;
  /** Reads a text file; rejects when there is none. */
  readonly readText: (path: string) => Promise<string>;
  readonly runTool: RunTool;
}

/** The bundles of Debian, Red Hat, SUSE, Alpine and the BSDs; the first that exists is the one the system keeps. */
const bundlePaths = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;
const macKeychains = [
  '/Library/Keychains/System.keychain',
  '/System/Library/Keychains/SystemRootCertificates.keychain',
] as const;
/** Both root stores, the machine's and the user's, in the form that OpenSSL reads. */
const windowsScript =
  'Get-ChildItem Cert:\\LocalMachine\\Root, Cert:\\CurrentUser\\Root | ForEach-Object { "-----BEGIN CERTIFICATE-----"; [Convert]::ToBase64String($_.RawData, "InsertLineBreaks"); "-----END CERTIFICATE-----" }';

/** The certificates that the system trusts, as PEM text; empty when they can't be read. Never rejects. */
export async function readSystemCertificates(source: CertificateSource): Promise<string> {
  try {
    switch (source.platform) {
      case 'darwin':
        return await source.runTool('/usr/bin/security', ['find-certificate', '-a', '-p', ...macKeychains]);
      case 'win32':
        return await source.runTool('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', windowsScript]);
      default:
        return await readFirst(source);
    }
  } catch {
    return '';
  }
}

async function readFirst({ readText }: CertificateSource): Promise<string> {
  for (const path of bundlePaths) {
    const text = await readText(path).catch(() => null);
    if (text !== null) return text;
  }
  return '';
}

/** Reads a text file in UTF-8. */
export function readTextFile(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
