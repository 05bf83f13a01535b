import { describe, expect, it } from 'vitest';
import { compileRoutes } from '#main/gateway/state/route-table.ts';
import { custom } from '#shared/provider/custom.ts';
import { gemini } from '#shared/provider/gemini.ts';
import { providers } from '#shared/provider/index.ts';

describe('a route', () => {
  const routes = compileRoutes(gemini);

  it('gives the model of its path, decoded', () => {
    expect(routes.match('POST', '/v1beta/models/gemini-2.5%2Dflash:generateContent')).toMatchObject({
      ...{ kind: 'found', route: { model: 'gemini-2.5-flash', endpoint: { capability: 'chat' } } },
    });
  });

  it('with a suffix wins over one without', () => {
    const match = routes.match('GET', '/v1beta/files/f1:download');
    expect(match).toMatchObject({ kind: 'found', route: { endpoint: { path: '/v1beta/files/{file}:download' } } });
  });

  it.each(['/v1beta/models/:generateContent', '/v1beta/models//x', '/v1beta/models/a/b:generateContent', '', '/'])(
    '%j leads nowhere',
    (path) => {
      expect(routes.match('POST', path).kind).not.toBe('found');
    },
  );

  it('tells the methods that a path takes', () => {
    const match = compileRoutes(custom).match('PUT', '/v1/files/f1');
    expect(match).toMatchObject({ kind: 'other-method', allow: ['GET', 'DELETE'] });
  });

  it('takes an open end, but not an empty one', () => {
    const endpoint = { ...custom.endpoints[0], path: '/files/{name}/{rest...}', model: 'none' as const };
    const open = compileRoutes({ ...custom, endpoints: [endpoint] });
    expect(open.match('POST', '/v1/files/a/b/c').kind).toBe('found');
    expect(open.match('POST', '/v1/files/a').kind).toBe('none');
    expect(open.match('POST', '/v1/files/a/').kind).toBe('none');
  });
});

it('every endpoint of every provider is found under its own path', () => {
  for (const provider of Object.values(providers)) {
    const routes = compileRoutes(provider);
    for (const endpoint of provider.endpoints) {
      const path = provider.basePath + endpoint.path.replace(/\{[a-z.]+\}/gi, 'some-name');
      const match = routes.match(endpoint.method, path);
      expect(match.kind === 'found' ? match.route.endpoint : `${provider.id} ${endpoint.path}`).toBe(endpoint);
    }
  }
});
