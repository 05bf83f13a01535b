import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { TollkeeperError } from '#shared/model/error.ts';
import {
  bitString,
  explicit,
  implicit,
  integer,
  isTrue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from './der.ts';

/** A certificate and its private key, PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What making a certificate needs besides its content. */
export interface CertificateSurroundings {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly random: (bytes: number) => Uint8Array;
}

const day = 86_400_000;
/** How long certificates are valid, in milliseconds. */
export const validity = { authority: 5 * 365 * day, leaf: 90 * day } as const;
/** Clocks of machines that share a disk, and of virtual ones, may be behind a little; milliseconds. */
const backdated = day;
const serialBytes = 16;

const identifiers = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
} as const;

/** Choices of GeneralName, RFC 5280 section 4.2.1.6. */
const generalName = { dns: 2, address: 7 } as const;
const loopback4 = Buffer.from([127, 0, 0, 1]);
const loopback6 = Buffer.from([...new Array<number>(15).fill(0), 1]);
const dnsName = Buffer.from('localhost');

/**
 * Makes an authority that can vouch for this machine's loopback names and nothing else: whoever trusts it, and whoever steals its key,
 * gets no further than servers on `localhost`, 127.0.0.1 and ::1: names constrain names only, so that it signs no mail and no code is
 * said as well. RFC 5280 sections 4.2.1.9, 4.2.1.10 and 4.2.1.12.
 */
export function createAuthority(surroundings: CertificateSurroundings): KeyedCertificate {
  const { privateKey, publicKey } = newKeys();
  const serial = newSerial(surroundings);
  const name = nameOf(`Tollkeeper on this machine ${serial.toString('hex').slice(0, 8)}`);
  const everyBit = (address: Buffer): Buffer => Buffer.alloc(address.length, 0xff);
  const extensions = [
    extension(identifiers.basicConstraints, sequence(isTrue(), integer(Buffer.from([0]))), true),
    extension(identifiers.keyUsage, bitString(Buffer.from([0x04]), 2), true),
    extension(identifiers.extendedKeyUsage, sequence(objectIdentifier(identifiers.serverAuthentication))),
    extension(
      identifiers.nameConstraints,
      sequence(
        implicit(
          0,
          Buffer.concat([
            sequence(implicit(generalName.dns, dnsName)),
            sequence(implicit(generalName.address, Buffer.concat([loopback4, everyBit(loopback4)]))),
            sequence(implicit(generalName.address, Buffer.concat([loopback6, everyBit(loopback6)]))),
          ]),
          true,
        ),
      ),
      true,
    ),
    extension(identifiers.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
  ];
  const content = { serial, subject: name, issuer: name, publicKey, extensions };
  return seal(content, { signer: privateKey, own: privateKey, from: surroundings.now, lasts: validity.authority });
}

/** Makes a server's certificate for the loopback names, signed by this authority and never valid for longer than it. */
export function createLeaf(
  authority: KeyedCertificate,
  authorityEnd: number,
  surroundings: CertificateSurroundings,
): KeyedCertificate {
  const { privateKey, publicKey } = newKeys();
  const signer = createPrivateKey(authority.privateKey);
  const extensions = [
    extension(identifiers.basicConstraints, sequence(), true),
    extension(identifiers.keyUsage, bitString(Buffer.from([0x80]), 7), true),
    extension(identifiers.extendedKeyUsage, sequence(objectIdentifier(identifiers.serverAuthentication))),
    extension(
      identifiers.subjectAlternativeName,
      sequence(
        implicit(generalName.dns, dnsName),
        implicit(generalName.address, loopback4),
        implicit(generalName.address, loopback6),
      ),
    ),
    extension(identifiers.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(identifiers.authorityKeyIdentifier, sequence(implicit(0, keyIdentifier(createPublicKey(signer))))),
  ];
  const content = {
    serial: newSerial(surroundings),
    subject: nameOf('localhost'),
    issuer: subjectOf(authority.certificate),
    publicKey,
    extensions,
  };
  const lasts = Math.min(validity.leaf, authorityEnd - surroundings.now);
  return seal(content, { signer, own: privateKey, from: surroundings.now, lasts });
}

interface Content {
  readonly serial: Buffer;
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

interface Seal {
  readonly signer: KeyObject;
  readonly own: KeyObject;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Milliseconds. */
  readonly lasts: number;
}

/** RFC 5280 section 4.1. */
function seal(content: Content, { signer, own, from, lasts }: Seal): KeyedCertificate {
  const algorithm = sequence(objectIdentifier(identifiers.ecdsaWithSha256));
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(content.serial),
    algorithm,
    content.issuer,
    sequence(time(from - backdated), time(from + lasts)),
    content.subject,
    content.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...content.extensions)),
  );
  const der = sequence(signed, algorithm, bitString(sign('sha256', signed, signer)));
  return {
    certificate: toPem(der),
    privateKey: own.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function newKeys(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** Positive, and of no fewer bits than it looks. RFC 5280 section 4.1.2.2. */
function newSerial({ random }: CertificateSurroundings): Buffer {
  const serial = Buffer.from(random(serialBytes));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function nameOf(commonName: string): Buffer {
  const part = (identifier: string, value: string): Buffer =>
    setOf(sequence(objectIdentifier(identifier), utf8String(value)));
  return sequence(part(identifiers.organization, 'Tollkeeper'), part(identifiers.commonName, commonName));
}

/** An authority's name, as it stands in its certificate. */
function subjectOf(certificate: string): Buffer {
  const commonName = /^CN=(.+)$/m.exec(new X509Certificate(certificate).subject)?.[1];
  if (commonName === undefined) throw new TollkeeperError('storage_corrupt', 'The local authority has no name.');
  return nameOf(commonName);
}

function extension(identifier: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectIdentifier(identifier), ...(isCritical ? [isTrue()] : []), octetString(value));
}

/** RFC 7093 section 2, method 1. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
