import { connectGitlabSelfRotate } from '#main/control/rotation/connector/gitlab-self-rotate.ts';
import { gitlab } from '#shared/provider/gitlab.ts';
import { refusal, type ServiceShape } from '../key-service.ts';

const self = '/api/v4/personal_access_tokens/self';

/** https://docs.gitlab.com/api/personal_access_tokens/ */
export const gitlabShape: ServiceShape = {
  ...{ provider: gitlab, connect: connectGitlabSelfRotate, parameters: {}, adminSecret: '' },
  firstSecret: 'glpat-CANARYfirstCANARYfirst01',
  admin: () => true,
  secretOf: (number) => `glpat-CANARYmadeCANARYmade-${String(number).padStart(4, '0')}`,
  kindOf({ method, path }) {
    if (path === `${self}/rotate`) return 'create';
    if (path !== self) return 'unknown';
    return method === 'DELETE' ? 'revoke' : 'self';
  },
  answer({ method, path, headers, body }, store) {
    const own = store.keys.find(({ secret }) => headers['private-token'] === secret);
    if (own === undefined || (own.id !== 'first' && store.isPending())) return refusal(401);
    const shown = { id: own.id === 'first' ? 1 : 2, name: 'duo', scopes: ['api'], active: true };
    const times = { created_at: '2026-10-01T00:00:00.000Z', expires_at: '2026-10-31', last_used_at: null };
    if (method === 'GET') return { status: 200, document: { ...shown, ...times } };
    store.remove(own.id);
    if (path === self) return { status: 204, document: '' };
    const { expires_at } = JSON.parse(body);
    const { secret: token } = store.make('duo', { expires_at });
    return { status: 200, document: { ...shown, ...times, id: 2, expires_at, token } };
  },
};
