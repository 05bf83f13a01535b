import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { readNetworkSurroundings } from '#main/host/network/network-surroundings.ts';
import type { CertificateSource } from '#main/host/network/system-certificates.ts';
import { authorityPem } from '#test/fixtures/tls/tls-files.ts';

function source(changes: Partial<CertificateSource>): CertificateSource {
  return {
    platform: 'linux',
    readText: async () => Promise.reject(new Error('no such file')),
    runTool: async () => Promise.reject(new Error('no such tool')),
    ...changes,
  };
}

const none = source({});
const builtIn = rootCertificates[0] ?? '';

describe('the proxy', () => {
  it.each([
    [{ HTTPS_PROXY: 'http://corp:3128' }, 'http://corp:3128/'],
    [{ HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' }, 'http://lower:1/'],
    [{ ALL_PROXY: 'https://corp' }, 'https://corp/'],
    [{ https_proxy: 'corp:3128' }, 'http://corp:3128/'],
    [{ HTTPS_PROXY: '', ALL_PROXY: 'http://corp:1' }, 'http://corp:1/'],
    [{ HTTPS_PROXY: 'http://ada:word@corp:1' }, 'http://ada:word@corp:1/'],
    [{ HTTP_PROXY: 'http://corp:1' }, null],
    [{ ALL_PROXY: 'socks5://corp:1080' }, null],
    [{ HTTPS_PROXY: 'not a url' }, null],
    [{}, null],
  ])('%j leads through %s', (environment, proxy) => {
    expect(readNetworkSurroundings(environment, none).proxy).toBe(proxy);
  });

  it('leaves out what either separator parts', () => {
    expect(readNetworkSurroundings({ NO_PROXY: 'a.test, .b.test  c.test:8080,' }, none).noProxy).toEqual([
      'a.test',
      '.b.test',
      'c.test:8080',
    ]);
  });
});

describe('the environment’s certificates', () => {
  it('are read from the files it names, each once, without what is built in', async () => {
    const texts: Record<string, string> = { '/a.pem': `# us\n${authorityPem}\n${builtIn}`, '/b.pem': authorityPem };
    const surroundings = readNetworkSurroundings(
      { NODE_EXTRA_CA_CERTS: '/a.pem', SSL_CERT_FILE: '/b.pem' },
      source({ readText: async (path) => texts[path] ?? '' }),
    );
    expect(await surroundings.environmentCertificates()).toEqual([authorityPem.trim()]);
  });

  it('are none where a file is missing or holds something else', async () => {
    const garbled = authorityPem.replace(/[A-Z]{4}/, 'AAAA');
    const readText = async (path: string): Promise<string> =>
      path === '/gone.pem' ? Promise.reject(new Error('gone')) : `${garbled}\n${authorityPem}`;
    const surroundings = readNetworkSurroundings(
      { NODE_EXTRA_CA_CERTS: '/gone.pem', SSL_CERT_FILE: '/half.pem' },
      source({ readText }),
    );
    expect(await surroundings.environmentCertificates()).toEqual([authorityPem.trim()]);
  });
});

describe('the system’s certificates', () => {
  it('come from the first bundle that exists', async () => {
    const read: string[] = [];
    const readText = async (path: string): Promise<string> => {
      read.push(path);
      return path.startsWith('/etc/pki/ca-trust') ? authorityPem : Promise.reject(new Error('no such file'));
    };
    expect(await readNetworkSurroundings({}, source({ readText })).systemCertificates()).toEqual([authorityPem.trim()]);
    expect(read).toEqual(['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem']);
  });

  it('come from the keychains of macOS, as security prints them', async () => {
    const called: unknown[] = [];
    const runTool: CertificateSource['runTool'] = async (file, values) => {
      called.push([file, ...values]);
      return `keychain: "/Library/Keychains/System.keychain"\n${builtIn}\n${authorityPem}`;
    };
    const surroundings = readNetworkSurroundings({}, source({ platform: 'darwin', runTool }));
    expect(await surroundings.systemCertificates()).toEqual([authorityPem.trim()]);
    expect(called).toEqual([
      [
        ...['/usr/bin/security', 'find-certificate', '-a', '-p'],
        ...['/Library/Keychains/System.keychain', '/System/Library/Keychains/SystemRootCertificates.keychain'],
      ],
    ]);
  });

  it('come from the stores of Windows, with its line ends', async () => {
    const runTool: CertificateSource['runTool'] = async (file) =>
      file === 'powershell.exe' ? authorityPem.replaceAll('\n', '\r\n') : '';
    const found = await readNetworkSurroundings({}, source({ platform: 'win32', runTool })).systemCertificates();
    expect(found.map((pem) => pem.replaceAll('\r', ''))).toEqual([authorityPem.trim()]);
  });

  it('are none where the system can’t tell', async () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      expect(await readNetworkSurroundings({}, source({ platform })).systemCertificates()).toEqual([]);
    }
  });

  it('can be read on this machine', async () => {
    const all = await readNetworkSurroundings({}).systemCertificates();
    expect(all.every((pem) => pem.startsWith('-----BEGIN'))).toBe(true);
  });
});
