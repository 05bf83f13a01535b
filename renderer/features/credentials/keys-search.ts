import { z } from 'zod';

/** What the address of Keys holds; anything else in it is dropped. */
export const keysSearchSchema = z.object({
  /** Open the dialog that adds a key, for this provider when one is named. */
  add: z.string().max(32).optional().catch(undefined),
});
