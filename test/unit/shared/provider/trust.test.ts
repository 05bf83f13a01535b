import { describe, expect, it } from 'vitest';
import { toolIds } from '#shared/provider/tool/tool-providers.ts';
import { systemTrustLine, trustEnvironment, trustLines, variableLine } from '#shared/provider/tool/trust.ts';

const files = { authority: '/h/authority.pem', bundle: '/h/bundle.pem' };

describe('trust', () => {
  it('has a line for every tool that can be set up, and for the rest', () => {
    const lines = trustLines(
      files,
      toolIds.map((id) => ({ id, name: id })),
      'linux',
    );
    for (const id of toolIds) expect(lines.some(({ who }) => who === id)).toBe(true);
    expect(lines.at(-1)?.line).toContain('update-ca-certificates');
  });

  it('quotes what a shell would read', () => {
    expect(variableLine('A', "/o'h/x y", 'linux')).toBe("export A='/o'\\''h/x y'");
    expect(variableLine('A', "C:\\o'h", 'win32')).toBe("$env:A = 'C:\\o''h'");
    expect(systemTrustLine("/o'h", 'darwin')).toContain("'/o'\\''h'");
  });

  it('gives the whole list to what takes one in place of its own', () => {
    const variables = trustEnvironment(files, {});
    expect(variables).toMatchObject({ NODE_EXTRA_CA_CERTS: files.authority, SSL_CERT_FILE: files.bundle });
  });

  it('keeps what a parent added, which the list holds', () => {
    expect(trustEnvironment(files, { NODE_EXTRA_CA_CERTS: '/own.pem' })).toMatchObject({
      NODE_EXTRA_CA_CERTS: files.bundle,
    });
  });
});
