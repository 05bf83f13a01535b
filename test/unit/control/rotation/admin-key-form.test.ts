import { describe, expect, it } from 'vitest';
import { readAdminKey } from '#main/control/rotation/admin-key-form.ts';
import { gemini } from '#shared/provider/gemini.ts';
import { openai } from '#shared/provider/openai.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';

const file = {
  type: 'service_account',
  project_id: 'my-project',
  private_key_id: '0123456789abcdef',
  private_key: '-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n',
  client_email: 'rotation@my-project.iam.gserviceaccount.com',
  token_uri: 'https://attacker.example.com/token',
};

describe('an admin key', () => {
  it('of one line is stored as it is', () => {
    const { secret, fingerprint } = readAdminKey(' sk-admin-0123456789\n', openai.rotation.adminKey);
    expect({ secret, fingerprint }).toEqual({ secret: 'sk-admin-0123456789', fingerprint: '…6789' });
  });

  it('that is a JSON file keeps what is needed, and no address', () => {
    const { secret, fingerprint } = readAdminKey(JSON.stringify(file, null, 2), gemini.rotation.adminKey);
    const { private_key_id, client_email, private_key } = file;
    expect(JSON.parse(secret)).toEqual({ private_key_id, client_email, private_key });
    expect(fingerprint).toBe('…cdef');
    expect(secret).not.toContain('\n');
  });

  it.each([
    ['of one line with a gap', 'sk-admin CANARY-0123456789', openai.rotation.adminKey],
    ['that should be a file', 'CANARY-0123456789', gemini.rotation.adminKey],
    ['of a file without a key', JSON.stringify({ ...file, private_key: '' }), gemini.rotation.adminKey],
    ['of a file that is a list', '["CANARY"]', gemini.rotation.adminKey],
  ])('%s is refused without being told', (_name, text, kind) => {
    const error = thrownBy(() => readAdminKey(text, kind));
    expect(error.code).toBe('key_malformed');
    expect(`${error.message} ${String(error.cause)}`).not.toContain('CANARY');
  });
});
