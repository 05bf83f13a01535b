import { z } from 'zod';
import { lazily } from './lazily.ts';

/** What is done, in this order, to encrypt the databases anew; each with what is shown meanwhile. */
export const databaseKeySteps = {
  'make-key': 'Making the new key',
  'encrypt-ledger': 'Encrypting the record of use',
  'encrypt-registry': 'Encrypting keys’ data, grants and the audit log',
  'keep-key': 'Putting the new key in the place of the old one',
} as const;

/** One of {@link databaseKeySteps}. */
export type DatabaseKeyStep = keyof typeof databaseKeySteps;

/** The key that the databases are encrypted with, as its owner sees it. */
export const databaseKeySchema = lazily(() =>
  z.object({
    createdAt: z.iso.datetime(),
    /** When another one is made by itself; null while that is off. */
    nextAt: z.iso.datetime().nullable(),
    /** What is being done; null while nothing is. */
    step: z.enum(Object.keys(databaseKeySteps) as [DatabaseKeyStep, ...DatabaseKeyStep[]]).nullable(),
    /** What is true now after a change that did not come to its end, and what follows; null when all is well. */
    problem: z.string().nullable(),
  }),
);
/** See {@link databaseKeySchema}. */
export type DatabaseKeyView = Readonly<z.infer<typeof databaseKeySchema>>;
