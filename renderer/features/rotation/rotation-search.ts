import { z } from 'zod';
import { rotationStateSchema } from '#shared/model/rotation.ts';

const id = z.string().min(1).max(200).optional().catch(undefined);

/** What the address of Rotation holds; anything else in it is dropped. */
export const rotationSearchSchema = z.object({
  /** The part of the page; left out for the calendar. */
  part: z.enum(['keys', 'history', 'admin']).optional().catch(undefined),
  /** The month that the calendar shows, such as `2026-12`; left out for the present one. */
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/)
    .optional()
    .catch(undefined),
  /** Only this key's changes, in the calendar and in the history. */
  key: id,
  /** Only changes that ended or stand like this, in the history. */
  state: rotationStateSchema.optional().catch(undefined),
  /** Id of the change whose steps are open in the history. */
  open: id,
  /** The dialog that is open, and the key that it is about; `admin` is about a provider, and `guide` changes a key by hand. */
  dialog: z.enum(['rotate', 'guide', 'schedule', 'connect', 'admin']).optional().catch(undefined),
  of: id,
});
/** See {@link rotationSearchSchema}. */
export type RotationSearch = z.infer<typeof rotationSearchSchema>;

/** The address without its dialog. */
export function withoutDialog({ dialog: _dialog, of: _of, ...rest }: RotationSearch): RotationSearch {
  return rest;
}
