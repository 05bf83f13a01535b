import { describe, expect, it } from 'vitest';
import { proxyFor } from '#shared/policy/choose-proxy.ts';

const proxy = 'http://proxy.corp:3128/';

function chosen(noProxy: readonly string[], hostname: string, port = '443'): string | null {
  return proxyFor({ proxy, noProxy }, { hostname, port });
}

describe('proxyFor', () => {
  it('goes through the proxy to what nothing names', () => {
    expect(chosen([], 'api.openai.com')).toBe(proxy);
    expect(proxyFor({ proxy: null, noProxy: [] }, { hostname: 'api.openai.com', port: '443' })).toBeNull();
  });

  it.each(['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost.'])(
    'never takes it to %s',
    (hostname) => {
      expect(chosen([], hostname)).toBeNull();
    },
  );

  it.each([
    ['*', 'api.openai.com'],
    ['openai.com', 'openai.com'],
    ['openai.com', 'api.openai.com'],
    ['.openai.com', 'api.openai.com'],
    ['*.openai.com', 'api.openai.com'],
    ['API.OpenAI.com', 'api.openai.com'],
    ['api.openai.com:443', 'api.openai.com'],
    ['10.0.0.7', '10.0.0.7'],
    ['10.0.0.0/8', '10.255.3.1'],
    ['192.168.4.0/22', '192.168.7.255'],
    ['[fe80::1]', 'fe80::1'],
    ['fe80::1', '[fe80::1]'],
    ['[fe80::1]:443', '[fe80::1]'],
  ])('leaves it out where %s covers %s', (entry, hostname) => {
    expect(chosen([entry], hostname)).toBeNull();
  });

  it.each([
    ['openai.com', 'notopenai.com'],
    ['openai.com', 'openai.com.evil.example'],
    ['api.openai.com:8443', 'api.openai.com'],
    ['10.0.0.0/8', '11.0.0.1'],
    ['192.168.4.0/22', '192.168.8.0'],
    ['10.0.0.7', '110.0.0.7'],
    ['0.0.7', '10.0.0.7'],
    ['', 'api.openai.com'],
    ['10.0.0.0/99', '10.0.0.1'],
  ])('keeps it where %s does not cover %s', (entry, hostname) => {
    expect(chosen([entry], hostname)).toBe(proxy);
  });
});
