import { z } from 'zod';
import { lazily } from './lazily.ts';

/** Every event the audit log can hold, with the sentence that explains it. */
export const auditEvents = {
  'credential-added': 'A provider key was stored',
  'credential-verified': 'A provider key was tried against its provider',
  'credential-updated': 'A key\u2019s label, default or weight was changed',
  'credential-token-refused': 'A provider refused a token to a key that is not stored',
  'credential-token-given': 'A provider gives tokens again to a key that is not stored',
  'credential-removed': 'A provider key was removed',
  'circuit-opened': 'A key failed too often and is left alone for a while',
  'circuit-closed': 'A key is used again',
  'alias-set': 'A model alias was set',
  'alias-removed': 'A model alias was removed',
  'access-requested': 'A tool asked for access',
  'access-granted': 'Access was allowed',
  'access-denied': 'Access was denied',
  'access-expired': 'Nobody answered in time',
  'access-shared': 'A tool got a further token under access that it had',
  'tool-silenced': 'A tool was denied again and again, and is not heard for a while',
  'tool-heard': 'A tool that was silenced is heard again',
  'token-issued': 'A token was signed',
  'token-revoked': 'A token was revoked',
  'token-used-elsewhere': 'A token was used by a process that it is not bound to, and refused',
  'grant-handed-on': 'A tool handed a narrower token on to a sub-agent',
  'grant-ended': 'A grant ended',
  'grant-topped-up': 'A grant\u2019s budget was raised',
  'limit-set': 'A limit was set',
  'limit-removed': 'A limit was removed',
  'limit-topped-up': 'A budget was raised for its present window',
  'budget-warning': 'A budget reached one of its warnings',
  'policy-added': 'A standing policy was added',
  'policy-removed': 'A standing policy was removed',
  'price-set': 'The user set a price of a model',
  'price-unset': 'The user’s price of a model was removed',
  'prices-updated': 'A newer price list was fetched',
  'setting-changed': 'A setting was changed',
  'signing-key-created': 'A token-signing key was made',
  'signing-key-activated': 'A token-signing key signs from now on',
  'signing-key-retired': 'A token-signing key is not taken any more',
  'database-key-changed': 'The databases were encrypted with a new key',
  'database-key-kept': 'The databases could not be encrypted with a new key, and kept the one they had',
  'certificate-made': 'A certificate for TLS on this machine was made',
  'attack-begun': 'The doctor began to attack this installation',
  'attack-ended': 'The doctor\u2019s attack ended',
  'client-registered': 'An OAuth client registered itself',
  'authorization-code-reused': 'An authorization code was used twice; its grant was ended',
  'rotation-planned': 'When a key is to be changed was set',
  'rotation-started': 'The change of a provider key began',
  'rotation-step': 'A step in the change of a provider key was done',
  'rotation-failed': 'The change of a provider key stopped or went back',
  'rotation-ended': 'The change of a provider key ended',
  'rotation-due': 'A provider key is due to be changed by hand',
  'orphan-revoked': 'A provider key that nothing used was revoked',
  'admin-key-added': 'An admin key was stored',
  'admin-key-used': 'An admin key was read to change provider keys',
  'admin-key-removed': 'An admin key was removed',
  'gateway-paused': 'The gateway was paused',
  'gateway-resumed': 'The gateway was resumed',
  'gateway-started': 'The gateway process started',
  'gateway-exited': 'The gateway process ended unexpectedly',
  'keys-put-away': 'The gateway forgot the keys, because their owner is away or everything was stopped',
  'keys-taken-up': 'The gateway has the keys again',
  'presence-checked': 'The system was asked whether it is really the owner',
  panic: 'Everything was ended at once',
  'refresh-token-reused': 'A refresh token was used twice, and its access was ended',
  'alert-raised': 'Something irregular was noticed',
  'alerts-read': 'Alerts were read',
  'watch-rule-set': 'A rule for what is irregular was changed',
  'vault-locked': 'The keychain was found locked',
  'clock-changed': 'The wall clock was set back',
} as const;

/** Name of an audit event. */
export type AuditEvent = keyof typeof auditEvents;

/** One link of the hash chain: `hash` covers this entry and the previous entry's hash. */
export const auditEntrySchema = lazily(() =>
  z.object({
    sequence: z.number().int(),
    at: z.iso.datetime(),
    event: z.string(),
    actor: z.string(),
    /** Id of what it is about. */
    subject: z.string(),
    /** Facts, never a secret. */
    detail: z.record(z.string(), z.unknown()),
    /** SHA-256, hex. */
    hash: z.string(),
  }),
);
/** See {@link auditEntrySchema}. */
export type AuditEntry = Readonly<z.infer<typeof auditEntrySchema>>;
