import { z } from 'zod';

/** What the address of Connect holds; anything else in it is dropped. */
export const connectSearchSchema = z.object({
  /** Id of the chosen tool. */
  tool: z.string().max(40).optional().catch(undefined),
});
