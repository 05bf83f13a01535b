import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { z } from 'zod';
import type { CertificateFacts } from '#shared/model/certificate.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Vault } from '#shared/model/vault.ts';
import { createAuthority, createLeaf, type KeyedCertificate } from './certificate.ts';

/** Names of the vault items: the authority, whose key is read only to sign, and the certificate in use. */
export const tlsItems = { authority: 'tls-authority', leaf: 'tls-certificate' } as const;

const day = 86_400_000;
/** With less than this left, in milliseconds, a new one is made. */
export const renewBefore = { authority: 180 * day, leaf: 30 * day } as const;

const keyedSchema = lazily(() => z.object({ certificate: z.string(), privateKey: z.string() }));
const leafSchema = lazily(() => keyedSchema.extend({ authority: z.string() }));

/** The certificate in use, with the one that vouches for it. */
export type ServedCertificate = Readonly<z.infer<typeof leafSchema>>;

/** What making certificates needs. */
export interface CertificateShelfOptions {
  readonly vault: Pick<Vault, 'read' | 'write'>;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** Told of every certificate that is made. */
  readonly onMade: (kind: 'authority' | 'certificate', facts: CertificateFacts) => void;
}

/** What is to be made anew though it would be good for longer. */
export type Anew = 'nothing' | 'certificate' | 'authority';

/**
 * The certificate to serve: the one in the vault, or a new one when there is none, when its time is nearly up or when it is wanted
 * anew. Rejects with `vault_locked`, `vault_unavailable` or `storage_corrupt`, and makes nothing then.
 */
export async function takeCertificate(options: CertificateShelfOptions, anew: Anew): Promise<ServedCertificate> {
  const present = anew === 'authority' ? null : await readItem(options.vault, tlsItems.leaf, leafSchema);
  if (present !== null && anew === 'nothing' && lasts(present.certificate, options, renewBefore.leaf)) return present;
  const authority = await takeAuthority(options, anew);
  const { now, random } = options;
  const made = createLeaf(authority, factsOf(authority.certificate).end, { now: now(), random });
  const served = { ...made, authority: authority.certificate };
  await options.vault.write(tlsItems.leaf, JSON.stringify(served));
  options.onMade('certificate', certificateFacts(made.certificate));
  return served;
}

async function takeAuthority(options: CertificateShelfOptions, anew: Anew): Promise<KeyedCertificate> {
  const { vault, now, random } = options;
  const present = anew === 'authority' ? null : await readItem(vault, tlsItems.authority, keyedSchema);
  if (present !== null && lasts(present.certificate, options, renewBefore.authority)) return present;
  const authority = createAuthority({ now: now(), random });
  await vault.write(tlsItems.authority, JSON.stringify(authority));
  options.onMade('authority', certificateFacts(authority.certificate));
  return authority;
}

/** Only what is certainly absent is null. */
async function readItem<T>(vault: Pick<Vault, 'read'>, name: string, schema: z.ZodType<T>): Promise<T | null> {
  const found = await vault.read(name);
  if (found.state === 'absent') return null;
  if (found.state === 'unavailable') throw new TollkeeperError(found.code, found.message);
  try {
    return schema.parse(JSON.parse(found.secret));
  } catch (cause) {
    throw new TollkeeperError(
      'storage_corrupt',
      `The vault item ${name} is not readable. Make a new one with: toll tls renew --authority`,
      { cause },
    );
  }
}

function lasts(certificate: string, { now }: CertificateShelfOptions, atLeastMs: number): boolean {
  return factsOf(certificate).end - now() > atLeastMs;
}

function factsOf(certificate: string): { readonly parsed: X509Certificate; readonly end: number } {
  const parsed = new X509Certificate(certificate);
  return { parsed, end: Date.parse(parsed.validTo) };
}

/** What a certificate, PEM, says of itself. */
export function certificateFacts(certificate: string): CertificateFacts {
  const { parsed, end } = factsOf(certificate);
  return {
    serial: parsed.serialNumber.toLowerCase(),
    validFrom: new Date(Date.parse(parsed.validFrom)).toISOString(),
    validUntil: new Date(end).toISOString(),
    fingerprint: parsed.fingerprint256,
  };
}

/** True when the certificate in use is to be replaced before long. */
export function isDue(served: ServedCertificate, now: number): boolean {
  return factsOf(served.certificate).end - now <= renewBefore.leaf;
}

/** The two files tools are pointed at, in this folder; absolute. */
export function certificateFiles(folder: string): { readonly authority: string; readonly bundle: string } {
  return { authority: join(folder, 'authority.pem'), bundle: join(folder, 'bundle.pem') };
}

/** Writes both files where they differ: the authority's certificate, and it with everything that is trusted without it. */
export async function writeCertificateFiles(
  folder: string,
  authority: string,
  alsoTrusted: readonly string[],
): Promise<void> {
  const files = certificateFiles(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhenChanged(files.authority, authority);
  const all = [authority, ...alsoTrusted, ...rootCertificates].map((certificate) => certificate.trim());
  await writeWhenChanged(files.bundle, `${[...new Set(all)].join('\n')}\n`);
}

/** A tool that reads it meanwhile finds the old text or the new one. */
async function writeWhenChanged(path: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => null);
  if (before === text) return;
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
