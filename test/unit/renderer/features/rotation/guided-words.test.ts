import { expect, test } from 'vitest';
import { adviceForEnded, guideOf, partOf, phaseOf } from '#renderer/features/rotation/guided-words.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { isOldKeyStillWorking, waitingForDeletion } from '#shared/policy/guided-rotation.ts';

const at = '2026-11-22T11:30:00.000Z';
const key = { keyId: null, storedAt: at, state: 'living' } as const;
const asking: Rotation = {
  ...{ id: 'rot_a', credentialId: 'cred_a', provider: 'groq', label: 'Work', trigger: 'person', guided: true },
  ...{ state: 'stopped', direction: 'forward', step: 'create', failures: 0, keyName: '' },
  oldKey: { ...key, version: 1, fingerprint: '…0001' },
  newKey: { ...key, version: 2, fingerprint: '…0002' },
  ...{ startedAt: at, stepSince: at, endedAt: null, resumeAt: null, waitingFor: 'the new key', problem: null },
};
const problem = { code: 'provider_refused', message: 'No.' } as const;

test.each<[string, number, Partial<Rotation>]>([
  ['preparing', 0, { state: 'running', step: 'plan' }],
  ['give-key', 0, {}],
  ['working', 1, { state: 'running', step: 'canary' }],
  ['working', 1, { state: 'running', step: 'drain' }],
  ['troubled', 1, { step: 'drain', problem }],
  ['troubled', 1, { state: 'running', direction: 'back', step: 'restore' }],
  ['ending', 2, { state: 'running', step: 'revoke', oldKey: { ...asking.oldKey, state: 'disabled' } }],
  ['checking', 2, { state: 'running', step: 'revoke' }],
  ['end-key', 2, { step: 'revoke' }],
  ['ended', 3, { state: 'done', step: 'revoke', endedAt: at }],
])('a change is in the phase %s of part %i', (phase, part, changes) => {
  const found = phaseOf({ ...asking, ...changes });
  expect(found).toBe(phase);
  expect(partOf(found)).toBe(part);
});

test('one that has not begun begins', () => {
  expect(partOf(phaseOf(null))).toBe(0);
  expect(phaseOf(null)).toBe('intro');
});

test('a key that is left alive is named', () => {
  const done: Rotation = { ...asking, state: 'done', step: 'revoke', endedAt: at };
  expect(adviceForEnded(done)).toBe('Delete the old key …0001 at the provider: nothing here uses it.');
  expect(adviceForEnded({ ...done, state: 'rolled-back', direction: 'back' })).toContain('the new key …0002');
  expect(adviceForEnded({ ...done, oldKey: { ...done.oldKey, state: 'revoked' } })).toBe('');
  expect(adviceForEnded(asking)).toBe('');
});

test('says that the old key still works only when it was seen to', () => {
  expect(isOldKeyStillWorking({ waitingFor: waitingForDeletion('Groq', true) })).toBe(true);
  expect(isOldKeyStillWorking({ waitingFor: waitingForDeletion('Groq', false) })).toBe(false);
  expect(isOldKeyStillWorking({ waitingFor: null })).toBe(false);
});

test('opens no page for a server that only its owner knows', () => {
  expect(guideOf('groq').page).toBe('https://console.groq.com/keys');
  expect(guideOf('my-server')).toMatchObject({
    page: null,
    create: [expect.any(String), expect.any(String), expect.any(String)],
  });
});
