import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateFiles, tlsItems } from '#main/control/tls/certificate-shelf.ts';
import { createTlsKeeper, type TlsKeeper } from '#main/control/tls/tls-keeper.ts';
import type { TlsLease } from '#shared/contract/port.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const day = 86_400_000;

function bench() {
  const folder = join(temporaryFolder(), 'certificates');
  const clock = createFakeClock();
  const vault = createFakeVault();
  const pushed: (TlsLease | null)[] = [];
  const recorded: { readonly event: string; readonly subject: string }[] = [];
  let serial = 0;
  const make = (): TlsKeeper =>
    createTlsKeeper({
      ...{ vault, clock, folder },
      random: (bytes) => {
        serial += 1;
        return new Uint8Array(bytes).fill(serial);
      },
      recorder: { record: (fact) => void recorded.push(fact) },
      alsoTrusted: () => ['-----BEGIN CERTIFICATE-----\nown network\n-----END CERTIFICATE-----\n'],
      push: async (lease) => void pushed.push(lease),
      door: () => ({ url: 'https://127.0.0.1:8378', message: null }),
      onChange: () => undefined,
    });
  return { folder, clock, vault, pushed, recorded, make };
}

const on = { tls: true, tlsPort: 8378 };
const off = { tls: false, tlsPort: 8378 };

describe('the certificate of the TLS door', () => {
  it('is made by an authority for the loopback names alone', async () => {
    const { make, pushed, folder } = bench();
    await make().apply(on);
    const [lease] = pushed;
    const [leaf = '', authority = ''] = lease?.chain.split(/(?<=-----END CERTIFICATE-----\n)/) ?? [];
    const own = new X509Certificate(leaf);
    expect(own.checkIssued(new X509Certificate(authority))).toBe(true);
    expect(own.verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(own.ca).toBe(false);
    expect(new X509Certificate(authority).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect([own.checkHost('localhost'), own.checkIP('127.0.0.1'), own.checkIP('::1')]).toEqual([
      'localhost',
      '127.0.0.1',
      '::1',
    ]);
    expect([own.checkHost('example.com'), own.checkIP('127.0.0.2')]).toEqual([undefined, undefined]);
    expect(await readFile(certificateFiles(folder).authority, 'utf8')).toBe(authority);
  });

  it('stays through a restart and through off and on', async () => {
    const { make, pushed, recorded } = bench();
    const first = make();
    await first.apply(on);
    await first.apply(off);
    await first.apply(on);
    await make().apply(on);
    expect(pushed.map((lease) => lease?.chain)).toEqual([
      pushed[0]?.chain,
      undefined,
      pushed[0]?.chain,
      pushed[0]?.chain,
    ]);
    expect(recorded.map(({ event, subject }) => `${event} ${subject}`)).toEqual([
      'certificate-made authority',
      'certificate-made certificate',
    ]);
  });

  it('keeps its private keys in the vault and out of the files', async () => {
    const { make, vault, folder, pushed } = bench();
    await make().apply(on);
    const { authority, bundle } = certificateFiles(folder);
    for (const file of [authority, bundle]) {
      expect(await readFile(file, 'utf8')).not.toContain('PRIVATE');
      expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
    }
    expect(await vault.read(tlsItems.leaf)).toMatchObject({ state: 'present' });
    expect(pushed[0]?.chain).not.toContain('PRIVATE');
  });

  it('lets a bundle that takes the place of other lists hold them', async () => {
    const { make, folder } = bench();
    await make().apply(on);
    const bundle = await readFile(certificateFiles(folder).bundle, 'utf8');
    expect(bundle).toContain('own network');
    expect(bundle.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(100);
  });

  it('is renewed 30 days before its end by the same authority, and pushed', async () => {
    const { make, clock, pushed, recorded } = bench();
    const keeper = make();
    await keeper.apply(on);
    const before = await keeper.report();
    clock.advance(59 * day);
    keeper.look();
    expect((await keeper.report()).certificate).toEqual(before.certificate);
    clock.advance(2 * day);
    keeper.look();
    const after = await keeper.report();
    expect(after.certificate?.serial).not.toBe(before.certificate?.serial);
    expect(after.authority).toEqual(before.authority);
    expect(pushed).toHaveLength(2);
    expect(recorded).toHaveLength(3);
  });

  it('gets a new authority half a year before the old one ends', async () => {
    const { make, clock } = bench();
    const keeper = make();
    await keeper.apply(on);
    const before = await keeper.report();
    clock.advance((5 * 365 - 179) * day);
    keeper.look();
    const after = await keeper.report();
    expect(after.authority?.fingerprint).not.toBe(before.authority?.fingerprint);
    expect(Date.parse(after.certificate?.validUntil ?? '')).toBeGreaterThan(clock.now());
  });

  it('is made anew when asked, with the authority or without', async () => {
    const { make } = bench();
    const keeper = make();
    await keeper.apply(on);
    const first = await keeper.report();
    await keeper.renew('certificate', 'cli');
    const second = await keeper.report();
    expect(second.certificate?.serial).not.toBe(first.certificate?.serial);
    expect(second.authority).toEqual(first.authority);
    await keeper.renew('authority', 'cli');
    expect((await keeper.report()).authority?.serial).not.toBe(first.authority?.serial);
  });

  it('is not made while the vault can’t be read, and then when it can', async () => {
    const { make, vault, pushed, recorded } = bench();
    vault.lock(true);
    const keeper = make();
    await keeper.apply(on);
    expect(await keeper.report()).toMatchObject({ enabled: true, certificate: null });
    expect((await keeper.report()).message).not.toBeNull();
    expect([pushed, recorded]).toEqual([[], []]);
    vault.lock(false);
    keeper.look();
    expect((await keeper.report()).message).toBeNull();
    expect(pushed).toHaveLength(1);
  });

  it('is replaced on request when the item is broken, and not before', async () => {
    const { make, vault } = bench();
    await vault.write(tlsItems.leaf, 'not JSON');
    const keeper = make();
    await keeper.apply(on);
    expect((await keeper.report()).message).toContain('toll tls renew --authority');
    expect(await vault.read(tlsItems.leaf)).toEqual({ state: 'present', secret: 'not JSON' });
    await keeper.renew('authority', 'cli');
    expect((await keeper.report()).certificate).not.toBeNull();
  });
});
