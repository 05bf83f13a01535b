import { z } from 'zod';

/** What the address of Access holds; anything else in it is dropped. */
export const accessSearchSchema = z.object({
  /** The part of the page; left out for what is living. */
  part: z.enum(['ended', 'policies']).optional().catch(undefined),
  /** The dialog that is open. */
  open: z.enum(['add-policy', 'end-everything']).optional().catch(undefined),
  /** Id of the waiting request that is being answered. */
  review: z.string().max(200).optional().catch(undefined),
});

/** See {@link accessSearchSchema}. */
export type AccessSearch = z.infer<typeof accessSearchSchema>;
