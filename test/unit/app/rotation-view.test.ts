import { describe, expect, it } from 'vitest';
import { rotationNews } from '#main/app/rotation-view.ts';
import type { Rotation, RotationOverview } from '#shared/model/rotation.ts';

const at = '2026-11-22T09:00:00.000Z';

const stopped: Rotation = {
  ...{ id: 'rot_a', credentialId: 'cred_a', provider: 'lab', label: 'Lab', trigger: 'schedule', state: 'stopped' },
  ...{ direction: 'forward', step: 'drain', failures: 0, keyName: 'tollkeeper-a-2', startedAt: at, stepSince: at },
  oldKey: { version: 1, keyId: 'k1', fingerprint: '…0001', state: 'living', storedAt: at },
  newKey: { version: 2, keyId: 'k2', fingerprint: '…0002', state: 'living', storedAt: at },
  ...{ endedAt: null, resumeAt: null, waitingFor: null },
  problem: { code: 'old_key_in_use', message: 'The provider saw a call with the old key.' },
};

const calm: RotationOverview = {
  ...{ credentialId: 'cred_a', provider: 'lab', label: 'Lab', fingerprint: '…0001', storedAt: at, ageDays: 95 },
  ...{ method: 'automatic', due: false, current: null, last: null },
  setup: {
    ...{ credentialId: 'cred_a', adminKeyId: null, parameters: {}, schedule: null, paused: false },
    ...{ nextAt: null, remindedAt: null },
  },
};

describe('news of rotations', () => {
  it('is nothing while all goes well', () => {
    expect(rotationNews([calm, { ...calm, current: { ...stopped, state: 'running' } }])).toEqual([]);
  });

  it('says of one that stopped what serves, what lives, and what to do', () => {
    const [news] = rotationNews([{ ...calm, current: stopped }]);
    expect(news?.title).toBe('The change of “Lab” stopped');
    expect(news?.body).toContain('The new key …0002 serves. The old key …0001 still lives. Find what else uses');
    expect(news?.body).toContain('toll rotation continue rot_a');
  });

  it('says that one was given up, until the next one began', () => {
    const failed: Rotation = { ...stopped, state: 'failed', direction: 'back', step: 'discard', endedAt: at };
    expect(rotationNews([{ ...calm, last: failed }])).toMatchObject([{ title: 'The change of “Lab” failed' }]);
    expect(rotationNews([{ ...calm, last: failed, current: { ...stopped, state: 'running' } }])).toEqual([]);
  });

  it('reminds of a key that is due by hand, once per reminder', () => {
    const due = { ...calm, due: true, method: 'by-hand' } as const;
    expect(rotationNews([due])).toEqual([]);
    const reminded = { ...due, setup: { ...calm.setup, remindedAt: at } };
    expect(rotationNews([reminded])).toMatchObject([
      { name: `cred_a ${at}`, title: 'The key “Lab” is due to be changed', body: expect.stringContaining('95 days') },
    ]);
  });
});
