import { z } from 'zod';
import { providerIdSchema } from '../model/credential.ts';
import { lazily } from '../model/lazily.ts';
import {
  adminKeySchema,
  givenKeyComparisonSchema,
  orphanKeySchema,
  plannedRotationSchema,
  rotationOverviewSchema,
  rotationScheduleSchema,
  rotationSchema,
  rotationStepSchema,
} from '../model/rotation.ts';

const nothing = lazily(() => z.object({}));
const done = lazily(() => z.object({}));
const idText = lazily(() => z.string().min(1).max(200));
const id = lazily(() => z.object({ id: idText }));
const credential = lazily(() => z.object({ credentialId: idText }));

/** The operations on rotations and admin keys; a part of {@link operations}. */
export const rotationOperations = lazily(
  () =>
    ({
      'rotation.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(rotationOverviewSchema) },
      /** Newest first, each with its journal. */
      'rotation.history': {
        doors: ['ipc', 'cli'],
        input: z.object({ credentialId: idText.optional(), limit: z.number().int().min(1).max(500) }),
        output: z.array(rotationSchema.extend({ steps: z.array(rotationStepSchema) })),
      },
      /**
       * Begins to change a key now. Rejects with conflict while another change of it is under way, and with rotation_unsupported. With
       * `guided` a person makes the new key; left out, only where the provider's API does not.
       */
      'rotation.start': {
        doors: ['ipc', 'cli'],
        input: credential.extend({ guided: z.boolean().optional() }),
        output: rotationSchema,
      },
      /**
       * Gives the new key that a person made. It is tried and compared with the old one; when it does not do, the call rejects, nothing is
       * kept of it, and the rotation still waits.
       */
      'rotation.provide': {
        doors: ['ipc', 'cli'],
        input: id.extend({
          /** Goes in only; never comes out. */
          secret: z.string().max(8_192),
        }),
        output: z.object({
          rotation: rotationSchema,
          comparison: givenKeyComparisonSchema,
          /** Null where the provider does not tell. */
          account: z.string().nullable(),
        }),
      },
      /** Resolves when it has ended, waits for a person, or has the old key out of use. */
      'rotation.wait': { doors: ['cli'], input: id, output: rotationSchema },
      /** Says which admin key is used, and what its calls need, such as a project's id. What is left out stays as it was. */
      'rotation.connect': {
        doors: ['ipc', 'cli'],
        input: credential.extend({
          adminKeyId: idText.nullable().optional(),
          parameters: z.record(z.string().max(64), z.string().trim().max(500)).optional(),
        }),
        output: rotationOverviewSchema,
      },
      /** Null takes the schedule away. */
      'rotation.schedule': {
        doors: ['ipc', 'cli'],
        input: credential.extend({ schedule: rotationScheduleSchema.nullable() }),
        output: rotationOverviewSchema,
      },
      /** The next times of a schedule that is not set yet, at most three. Rejects with invalid_request for one that never comes. */
      'rotation.preview': {
        doors: ['ipc'],
        input: credential.extend({ schedule: rotationScheduleSchema }),
        output: z.object({ times: z.array(z.iso.datetime()) }),
      },
      /** Every change to come until then, soonest first; what follows a key's first one is `sure` only if all goes as planned. */
      'rotation.calendar': {
        doors: ['ipc'],
        input: z.object({ until: z.iso.datetime() }),
        output: z.array(plannedRotationSchema),
      },
      'rotation.pause': {
        doors: ['ipc', 'cli'],
        input: credential.extend({ paused: z.boolean() }),
        output: rotationOverviewSchema,
      },
      /** Goes back to the old key; rejects with conflict once that is gone. */
      'rotation.rollBack': { doors: ['ipc', 'cli'], input: id, output: rotationSchema },
      /** Goes on with a change that stopped; with `force` although there was reason not to. */
      'rotation.continue': {
        doors: ['ipc', 'cli'],
        input: id.extend({ force: z.boolean().optional() }),
        output: rotationSchema,
      },
      /** Keys at the providers that were made here and that nothing uses; `unreachable` says where it could not be looked. */
      'rotation.orphans': {
        doors: ['ipc', 'cli'],
        input: nothing,
        output: z.object({
          orphans: z.array(orphanKeySchema),
          unreachable: z.array(z.object({ credentialId: z.string(), message: z.string() })),
        }),
      },
      'rotation.removeOrphan': { doors: ['ipc', 'cli'], input: credential.extend({ keyId: idText }), output: done },

      'adminKey.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(adminKeySchema) },
      'adminKey.add': {
        doors: ['ipc', 'cli'],
        input: z.object({
          provider: providerIdSchema,
          /** Goes in only; never comes out. */
          secret: z.string().max(8_192),
          label: z.string().trim().max(80).optional(),
        }),
        output: adminKeySchema,
      },
      'adminKey.remove': { doors: ['ipc', 'cli'], input: id, output: done },
    }) as const,
);
