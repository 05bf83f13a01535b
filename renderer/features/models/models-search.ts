import { z } from 'zod';

/** What the address of Models holds; anything else in it is dropped. */
export const modelsSearchSchema = z.object({
  /** The part of the page; left out for aliases. */
  part: z.enum(['keys']).optional().catch(undefined),
  /** Opens the dialog that adds an alias. */
  add: z.literal(true).optional().catch(undefined),
  /** Name of the alias that is being changed. */
  edit: z.string().max(64).optional().catch(undefined),
});
